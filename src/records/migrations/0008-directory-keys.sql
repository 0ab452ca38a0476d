-- Each generation of the directory is under a key of its own, a row of `keyring`, which goes when the generation does: what
-- it told of the destroyed is then told by no copy. Null: built before there were such keys, under the house's directory key.
alter table directory_generation add column key uuid;
alter table directory_pending add column key uuid;
