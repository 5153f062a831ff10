select s.datid, d.datname, s.pid, s.leader_pid, s.usesysid, u.rolname, s.application_name,
       s.client_addr, s.client_hostname, s.client_port, s.backend_start, s.xact_start, s.query_start,
       s.state_change, s.wait_event_type, s.wait_event, s.state, s.backend_xid, s.backend_xmin,
       s.query_id, s.query, s.backend_type
from pg_catalog.pg_stat_get_activity(null::integer) s
left join pg_catalog.pg_database d on s.datid = d.oid
left join pg_catalog.pg_authid u on s.usesysid = u.oid
