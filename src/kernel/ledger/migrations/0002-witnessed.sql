-- The ledgers of others that this house is a witness of, and what it has cosigned last of each.
create table ledger_witnessed (
  -- C2SP tlog-checkpoint, "origin".
  origin text not null,
  -- Public keys of that ledger, one a line, as C2SP signed-note writes them.
  keys text not null,
  -- Of the tree cosigned last; of none, the empty one.
  size bigint not null default 0,
  root bytea not null default sha256(''),
  -- Keyed hash of all of the above: nobody without the keys makes the house a witness, or sets it back to another tree.
  tag bytea not null,
  cosigned_at timestamptz(3),
  -- A checkpoint, signed by that ledger, that does not go with what was cosigned.
  evidence text,
  evidence_at timestamptz(3),
  constraint ledger_witnessed_key primary key (origin),
  constraint ledger_witnessed_counts check (size >= 0),
  constraint ledger_witnessed_root_is_a_hash check (octet_length(root) = 32),
  constraint ledger_witnessed_tag_is_a_hash check (octet_length(tag) = 32),
  constraint ledger_witnessed_evidence_whole check ((evidence is null) = (evidence_at is null))
);
