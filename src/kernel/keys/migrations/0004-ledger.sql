-- A key that signs the ledger's checkpoints.
alter table keyring
  drop constraint keyring_purpose_known,
  add constraint keyring_purpose_known check (purpose in ('epoch', 'index', 'directory', 'ledger'));
