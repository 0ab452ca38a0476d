-- Who can open the house. A row holds the root key, sealed under what the opener gives.
create table opener (
  id uuid not null,
  kind text not null,
  -- Exact text: the seal of `wrapped` binds it.
  parameters text not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  constraint opener_key primary key (id),
  constraint opener_kind_known check (kind in ('passphrase', 'key-file')),
  constraint opener_wrapped_is_one_key check (octet_length(wrapped) = 106)
);

-- The keyring: small, and the only thing whose old copies must die. Keys are sealed under the root key.
create table keyring (
  id uuid not null,
  purpose text not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  -- No new patient key is wrapped under a retired one. A destroyed key has no row.
  retired_at timestamptz,
  constraint keyring_key primary key (id),
  constraint keyring_purpose_known check (purpose in ('epoch', 'index')),
  constraint keyring_wrapped_is_one_key check (octet_length(wrapped) = 106),
  constraint keyring_retired_after_created check (retired_at >= created_at)
);

-- One row for each compartment: its patient key, sealed under an epoch key of the keyring. No foreign key to
-- the keyring: every insert would lock the one row of the current epoch, on another node perhaps. The
-- order of commits keeps them together: an epoch is committed before any compartment refers to it.
create table compartment (
  compartment uuid not null,
  epoch uuid not null,
  -- Which key of this compartment it is; what is sealed under it says so.
  generation int not null,
  -- Null once destroyed: the compartment is then shredded.
  wrapped bytea,
  opened_at timestamptz not null default now(),
  constraint compartment_key primary key (compartment),
  constraint compartment_generation_positive check (generation >= 1),
  constraint compartment_wrapped_is_one_key check (octet_length(wrapped) = 106)
);
