-- Network addresses (chapters 8.9, 9.12).
select inet '1.2.3.4' + inet '1.2.3.4'
select inet '1.2.3.4' = '1.2.3.4'::text
select 1::inet
select inet '1.2.3.4'::int
select inet_server_addr() is not null or true, inet_client_addr() is null or true
