-- Changes of root key, openers and epochs leave rows of before on the disk, as destructions do: they go in the same way.
alter table shredding
  -- How many times keys were replaced, and how many of these PostgreSQL has no bytes of any more.
  add column replaced int not null default 0,
  add column replaced_gone int not null default 0,
  -- What of the last could not be done from here, as `destruction.unforced`.
  add column unforced text[] not null default '{}',
  add constraint shredding_counts check (replaced >= 0 and replaced_gone between 0 and replaced);

-- No samples of these either.
alter table opener
  alter column wrapped type bytea, alter column wrapped set statistics 0,
  alter column bond type bytea, alter column bond set statistics 0,
  alter column root type bytea, alter column root set statistics 0,
  alter column tag type bytea, alter column tag set statistics 0;
alter table process
  alter column bond type bytea, alter column bond set statistics 0,
  alter column root type bytea, alter column root set statistics 0,
  alter column tag type bytea, alter column tag set statistics 0;
