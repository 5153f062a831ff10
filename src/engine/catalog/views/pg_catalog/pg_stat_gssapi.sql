select s.pid, s.gss_auth, s.gss_princ, s.gss_enc
from pg_catalog.pg_stat_get_activity(null::integer) s
where s.client_port is not null
