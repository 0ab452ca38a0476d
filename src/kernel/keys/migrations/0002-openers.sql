-- The vault as a whole: one row, on which everything that must not happen at the same time takes turns.
create table vault (
  one boolean not null default true,
  -- Which root key, counted from 1, seals the keyring and the bonds of the openers.
  root int not null default 1,
  root_made_at timestamptz not null default now(),
  -- Orders to seal that were ever given: a process that opened at a lower count has to close.
  seals int not null default 0,
  -- An order stands since then: nothing opens by itself until a person has unsealed.
  sealed_at timestamptz,
  constraint vault_key primary key (one),
  constraint vault_is_one check (one),
  constraint vault_counts check (root >= 1 and seals >= 0)
);
insert into vault default values;

-- An opener no longer seals the root key itself, but the identity to which the root key is encrypted, so that the root
-- can be changed without anybody's secret. Rows of the earlier form are converted when they next open the vault.
alter table opener
  drop constraint opener_kind_known,
  drop constraint opener_wrapped_is_one_key,
  alter column wrapped drop not null,
  add column recipient text,
  add column bond bytea,
  add column root bytea,
  add column tag bytea,
  add constraint opener_kind_known
    check (kind in ('passphrase', 'key-file', 'shamir', 'pkcs11', 'kmip', 'aws-kms', 'recovery-kit')),
  -- The secrets of a recovery kit are on paper alone.
  add constraint opener_wrapped_is_one_key_or_two check (
    case
      when recipient is null then wrapped is not null and octet_length(wrapped) = 106
      when kind = 'recovery-kit' then wrapped is null
      else wrapped is not null and octet_length(wrapped) = 138
    end
  ),
  add constraint opener_whole check (
    num_nulls(recipient, bond, root, tag) in (0, 4)
    and (bond is null or octet_length(bond) = 106)
    and (tag is null or octet_length(tag) = 32)
  );

-- The processes that hold the keys. Each has an identity in its memory to which a new root key is encrypted.
create table process (
  id uuid not null,
  -- Of `vault.seals` when it opened.
  seals int not null,
  recipient text not null,
  bond bytea not null,
  root bytea not null,
  tag bytea not null,
  seen_at timestamptz not null default now(),
  constraint process_key primary key (id),
  constraint process_whole check (octet_length(bond) = 106 and octet_length(tag) = 32)
);

-- For the survivors of an epoch whose key is to be destroyed.
create index compartment_epoch on compartment (epoch);
