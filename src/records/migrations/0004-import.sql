-- What imports have brought, so that the same command, run again, brings each thing once: one keyed hash of the content of
-- each line or Bundle, committed with the versions it became. What it tells a thief of the disk: docs/spec/leakage.md.
create table import_mark (
  mark uuid not null,
  constraint import_mark_pkey primary key (mark)
);
