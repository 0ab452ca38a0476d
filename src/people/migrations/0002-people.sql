-- Accounts, what they are found by, their sessions, what officers ask of each other, and one-time links.
alter table authority
  drop constraint authority_kind_known,
  add constraint authority_kind_known check (kind between 1 and 8);
-- All of a kind, page by page.
create index authority_kind on authority (kind, id);
