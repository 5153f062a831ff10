select s.pid, s.ssl, s.sslversion, s.sslcipher, s.sslbits, s.ssl_client_dn, s.ssl_client_serial,
       s.ssl_issuer_dn
from pg_catalog.pg_stat_get_activity(null::integer) s
where s.client_port is not null
