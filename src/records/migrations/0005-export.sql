-- Bulk exports: what was asked, how far it is, which files there are. The files lie in the home (docs/spec/export.md).
-- What each column tells a thief of the disk: docs/spec/leakage.md.

-- `owner`: a keyed hash of who asked. `key`: the job's own, under which its files are sealed. `holder` works on it until
-- `held_until`, and counts `epoch` up when it takes it: what a former holder still saves is refused. `server`: on whose
-- disk the files are. `saved` counts what `progress` held, so that an older one does not open in its place.
create table export_job (
  id uuid not null,
  owner uuid not null,
  state text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  server uuid not null,
  epoch integer not null,
  holder uuid,
  held_until timestamptz(3),
  saved integer not null,
  key bytea not null,
  request bytea not null,
  progress bytea,
  constraint export_job_pkey primary key (id),
  constraint export_job_state check (state in ('waiting', 'running', 'complete', 'failed')),
  constraint export_job_held_whole check ((holder is null) = (held_until is null)),
  constraint export_job_saved_progress check ((saved = 0) = (progress is null))
);

-- Ciphertext does not compress: do not try.
alter table export_job alter column request set storage external, alter column progress set storage external;
