-- What safeguards keep of people: who passed a course, say.
alter table authority
  drop constraint authority_kind_known,
  add constraint authority_kind_known check (kind between 1 and 9);
