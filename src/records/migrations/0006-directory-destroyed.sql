-- How many compartments had been destroyed when the generation was begun: rows of those are not in it.
alter table directory_generation add column destroyed integer not null default 0;
