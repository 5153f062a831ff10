select locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid,
       virtualtransaction, pid, mode, granted, fastpath, waitstart
from pg_catalog.pg_lock_status()
