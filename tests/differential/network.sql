-- Network addresses (chapters 8.9, 9.12).
select inet '192.168.1.5/24', inet '192.168.1.5', cidr '192.168.1.0/24', cidr '192.168.1', cidr '10', cidr '10.1.2.3/32', inet '::1', inet '2001:db8::1/64', cidr '2001:db8::/32', inet '::ffff:1.2.3.4', inet '::ffff:1.2.3.0/120', macaddr '08:00:2b:01:02:03', macaddr '08-00-2b-01-02-03', macaddr '08002b:010203', macaddr '0800.2b01.0203', macaddr '08002b010203', macaddr8 '08:00:2b:01:02:03:04:05', macaddr8 '08:00:2b:01:02:03'
select inet '192.168.1.256'
select inet '192.168.1.5/33'
select inet 'abc'
select inet ''
select inet '192.168.1'
select cidr '192.168.1.5/24'
select cidr '2001:db8::1/32'
select macaddr '08:00:2b:01:02'
select macaddr '08:00:2b:01:02:0g'
select macaddr8 'x'
select cidr '192', cidr '192.168', cidr '172.16/12', cidr '224.1.2.3', cidr '128', cidr '0/0', cidr '10.0.0.0/8', cidr '::/0', cidr '192.168.100.128/25', inet '0.0.0.0/0', inet '10.1.2.3/8', cidr '::ffff:1.2.3.0/120', cidr '2001:4f8:3:ba::/64', cidr '2001:4f8:3:ba:2e0:81ff:fe22:d1f1/128'
select inet '10.1.2.3/8'::text, inet '10.1.2.3/32'::text, cidr '10.0.0.0/8'::text, text(inet '10.1.2.3'), host(inet '10.1.2.3/8'), inet '10.1.2.3/8'::cidr, cidr '10.0.0.0/8'::inet, abbrev(inet '10.1.0.0/16'), abbrev(cidr '10.1.0.0/16'), abbrev(inet '10.1.2.3/32'), inet '10.1.2.3'::varchar(5)
select broadcast(inet '192.168.1.5/24'), family(inet '::1'), family(inet '1.2.3.4'), hostmask(inet '192.168.23.20/30'), masklen(inet '192.168.1.5/24'), netmask(inet '192.168.1.5/24'), network(inet '192.168.1.5/24'), set_masklen(inet '192.168.1.5/24', 16), set_masklen(cidr '192.168.1.0/24', 16), inet_same_family(inet '1.2.3.4', inet '::1'), inet_merge(inet '192.168.1.5/24', inet '192.168.2.5/24'), broadcast(inet '2001:db8::/32'), hostmask(inet '2001:db8::/32'), netmask(inet '::1/127')
select set_masklen(inet '1.2.3.4', 33)
select set_masklen(inet '1.2.3.4', -2)
select set_masklen(inet '1.2.3.4/8', -1)
select inet_merge(inet '1.2.3.4', inet '::1')
select inet '192.168.1.5' << inet '192.168.1/24', inet '192.168.1/24' <<= inet '192.168.1/24', inet '192.168.1/24' >> inet '192.168.1.5', inet '192.168.1/24' >>= inet '192.168.1/24', inet '192.168.1/24' && inet '192.168.1.80/28', inet '1.2.3.4' << inet '::/0'
select inet '192.168.1.5' << cidr '192.168.1.0/24', cidr '10.0.0.0/8' >>= inet '10.1.2.3', inet '10.1.2.3/8' = inet '10.1.2.3', inet '10.1.2.3' < inet '10.1.2.4', inet '10.1.2.3/8' < inet '10.1.2.3/16', inet '1.2.3.4' < inet '::1', cidr '10.0.0.0/8' < inet '10.0.0.0/9', inet '10.0.0.1' <> '10.0.0.2', inet '9.0.0.0' < inet '10.0.0.0'
select ~ inet '192.168.1.6', inet '192.168.1.6' & inet '0.0.0.255', inet '192.168.1.6' | inet '0.0.0.255', inet '192.168.1.6' + 25, inet '192.168.1.43' - 36, 200 + inet '::ffff:fff0:1', inet '192.168.1.43' - inet '192.168.1.19', inet '::1' - inet '::ffff:1.2.3.4'
select inet '255.255.255.255' + 1
select inet '0.0.0.0' - 1
select inet '1.2.3.4' & inet '::1'
select inet '1.2.3.4' - inet '::1'
select inet '::' - inet 'ffff::'
select x from (values (inet '10.0.0.1/8'), ('9.1.1.1'), ('::1'), ('10.0.0.0/8'), ('10.0.0.1'), (null)) t(x) order by x
select min(x), max(x), count(distinct x) from (values (inet '10.0.0.1'), ('9.1.1.1'), ('10.0.0.1/32')) t(x)
select x, count(*) from (values (cidr '10.0.0.0/8'), ('10/8'), ('192.168/16')) t(x) group by 1 order by 1
select array[inet '1.2.3.4', '::1'], array[cidr '10/8'], to_json(inet '1.2.3.4'), row(inet '1.2.3.4/8', macaddr '08:00:2b:01:02:03'), array[macaddr '08:00:2b:01:02:03'], '1.2.3.4'::text::inet, '10/8'::text::cidr
select macaddr '08:00:2b:01:02:03' < macaddr '08:00:2b:01:02:04', trunc(macaddr '08:00:2b:01:02:03'), trunc(macaddr8 '08:00:2b:01:02:03:04:05'), macaddr8_set7bit(macaddr8 '00:34:56:ab:cd:ef'), ~ macaddr '08:00:2b:01:02:03', macaddr '08:00:2b:01:02:03' & macaddr 'ff:ff:ff:00:00:00', macaddr '08:00:2b:01:02:03' | '00:00:00:ff:ff:ff', macaddr '08:00:2b:01:02:03'::macaddr8, macaddr8 '08:00:2b:ff:fe:01:02:03'::macaddr, macaddr '08:00:2b:01:02:03' = '08002b010203', macaddr '08:00:2b:01:02:03'::text, ~ macaddr8 '08:00:2b:01:02:03:04:05', macaddr8 '08:00:2b:01:02:03:04:05' > '08:00:2b:01:02:03:04:04'
select macaddr8 '08:00:2b:01:02:03:04:05'::macaddr
select x from (values (macaddr '08:00:2b:01:02:03'), ('00:00:00:00:00:00'), ('ff:ff:ff:ff:ff:ff')) t(x) order by x desc
select inet '1.2.3.4' + inet '1.2.3.4'
select inet '1.2.3.4' = 'x'
select inet '1.2.3.4' = '1.2.3.4'::text
select 1::inet
select inet '1.2.3.4'::int
select inet_server_addr() is not null or true, inet_client_addr() is null or true
select network_cmp('1.2.3.4', '1.2.3.5'), macaddr_cmp('08:00:2b:01:02:03', '08:00:2b:01:02:04'), network_larger('1.2.3.4', '1.2.3.5'), network_eq('1.2.3.4', '1.2.3.4'), network_sub('1.2.3.4', '1.2.3.0/24')
