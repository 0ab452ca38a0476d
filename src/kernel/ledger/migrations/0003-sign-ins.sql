-- Sign-ins, by time: what they say of devices is sealed, so that whoever asks for one reads these, and then the entries of those
-- who were signed in on it.
create index ledger_leaf_sign_in on ledger_leaf (substring(entry from 52 for 8), index) where get_byte(entry, 1) = 31;
