-- The tree as it is committed, and which process sequences: one row. Each sequencing changes it, under the epoch of the
-- lease and from the size that it began at, so that whoever lost the lease can commit nothing.
create table ledger_head (
  one boolean not null default true,
  size bigint not null default 0,
  -- RFC 9162 §2.1.1: of no leaves, the hash of nothing.
  root bytea not null default sha256(''),
  epoch int not null default 0,
  holder uuid,
  held_until timestamptz(3),
  constraint ledger_head_key primary key (one),
  constraint ledger_head_is_one check (one),
  constraint ledger_head_counts check (size >= 0 and epoch >= 0),
  constraint ledger_head_root_is_a_hash check (octet_length(root) = 32),
  constraint ledger_head_held_whole check ((holder is null) = (held_until is null))
);
insert into ledger_head default values;

-- Acts that were recorded and have no place in the tree yet: each row the entries of one statement.
create table ledger_staged (
  id uuid not null,
  entries bytea not null,
  -- Keyed hash of id and entries: nobody without the keys can stage.
  tag bytea not null,
  -- To the microsecond, so that what one caller did after the other is in that order.
  staged_at timestamptz not null default clock_timestamp(),
  -- Its tag was found to be wrong: it is kept for whoever looks into it, and never sequenced.
  refused boolean not null default false,
  constraint ledger_staged_key primary key (id),
  constraint ledger_staged_tag_is_a_hash check (octet_length(tag) = 32)
);

-- Rows of ledger_staged that became leaves in the last minutes: an insert that was repeated, because its connection broke,
-- may be committed after its twin was sequenced.
create table ledger_sequenced (
  id uuid not null,
  sequenced_at timestamptz(3) not null default clock_timestamp(),
  constraint ledger_sequenced_key primary key (id)
);

-- The entries, in the order of the tree. What they are asked by is read out of their bytes (docs/spec/ledger.md, "Entries"),
-- so that no column beside them can say otherwise.
create table ledger_leaf (
  index bigint not null,
  entry bytea not null,
  constraint ledger_leaf_key primary key (index),
  constraint ledger_leaf_counted check (index >= 0),
  constraint ledger_leaf_is_an_entry check (octet_length(entry) between 149 and 65535)
);
create unique index ledger_leaf_stream on ledger_leaf (substring(entry from 36 for 16), substring(entry from 60 for 8));
create index ledger_leaf_time on ledger_leaf (substring(entry from 52 for 8));
create index ledger_leaf_actor on ledger_leaf (substring(entry from 100 for 16), substring(entry from 52 for 8));
-- Client, address and action: what is rare is found by it; of what is common, the index by time soon has enough.
create index ledger_leaf_rare on ledger_leaf using brin (
  substring(entry from 116 for 16) bytea_bloom_ops,
  substring(entry from 132 for 16) bytea_bloom_ops,
  get_byte(entry, 1) int4_bloom_ops
) with (pages_per_range = 64, autosummarize = on);

-- C2SP tlog-tiles: tiles of hashes that are full. Those at the right edge follow from them and from the leaves.
create table ledger_tile (
  level smallint not null,
  index bigint not null,
  hashes bytea not null,
  -- The hash over all of them, as it stands in the level above.
  root bytea not null,
  constraint ledger_tile_key primary key (level, index),
  constraint ledger_tile_counted check (level >= 0 and index >= 0),
  constraint ledger_tile_is_full check (octet_length(hashes) = 8192 and octet_length(root) = 32)
);

-- Signed checkpoints: those of the last hour, and before it the last of each hour.
create table ledger_checkpoint (
  size bigint not null,
  note text not null,
  signed_at timestamptz(3) not null default clock_timestamp(),
  constraint ledger_checkpoint_key primary key (size),
  constraint ledger_checkpoint_counted check (size >= 0)
);

-- The keys that sign, of which the keyring has the secret parts.
create table ledger_signer (
  -- Of its row in the keyring.
  id uuid not null,
  -- Public keys, one a line, as C2SP signed-note writes them.
  public_keys text not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  retired_at timestamptz(3),
  constraint ledger_signer_key primary key (id)
);

-- Whose stream it is, sealed: a stream's own name follows from the patient's key, and does not lead back.
create table ledger_stream (
  stream bytea not null,
  sealed bytea not null,
  constraint ledger_stream_key primary key (stream),
  constraint ledger_stream_whole check (octet_length(stream) = 16 and octet_length(sealed) = 90)
);

-- What is in these is ciphertext and hashes: compressing it is in vain, and only what is stored plainly is read in part.
alter table ledger_staged alter column entries set storage external;
alter table ledger_leaf alter column entry set storage external;
alter table ledger_tile alter column hashes set storage external;
-- Rows that come and go by the thousand.
alter table ledger_staged set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000);
alter table ledger_head set (fillfactor = 20);
