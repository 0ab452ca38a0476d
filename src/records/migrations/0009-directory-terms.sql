-- Which edition of terms a generation was built with (src/records/directory/terms.ts): one of an older lacks what was added since.
-- 2 has `carer`. Where nothing was ever written there is nothing that it could lack.
alter table directory_generation add column terms integer not null default 1;
update directory_generation set terms = 2
where time_zone is null and not exists (select from directory) and not exists (select from directory_pending);
