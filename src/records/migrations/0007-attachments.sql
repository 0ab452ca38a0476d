-- Large contents of resources: sealed under a key of their compartment, in pieces. What each column tells a thief of the
-- disk: docs/spec/leakage.md.

-- `arriving`: its writer holds it until `held_until`, and no version names it yet. `kept`: a version names it. `doomed`: its
-- writer is gone, and its pieces are being deleted.
create table attachment (
  compartment uuid not null,
  attachment uuid not null,
  state text not null,
  held_until timestamptz(3),
  constraint attachment_pkey primary key (compartment, attachment),
  constraint attachment_state check (state in ('arriving', 'kept', 'doomed')),
  constraint attachment_kept_is_not_held check ((state = 'kept') = (held_until is null))
);
create index attachment_by_lease on attachment (held_until);

-- Bytes of one sealed stream, all of one length but the last.
create table attachment_piece (
  compartment uuid not null,
  attachment uuid not null,
  number integer not null,
  sealed bytea not null,
  constraint attachment_piece_pkey primary key (compartment, attachment, number),
  constraint attachment_piece_bounded check (octet_length(sealed) between 1 and 524800)
);

-- Ciphertext does not compress: do not try.
alter table attachment_piece alter column sealed set storage external;
