-- Strings and their functions (chapters 8.3, 9.4).
select 'abc', E'a\tb\n\\\'\x41\u00e9\U0001F600\101', U&'d\0061t\+000061', U&'d!0061t' uescape '!', $$it's$$, $x$a$$b$x$, 'it''s', N'n', B'101'::text
select 'a' 'b'
select 'a' || 'b', 'a' || 1, 1 || 'a', 'a' || null, 'a' || true, 'a' || 1.50, 'a' || date '2020-01-01', null || 'a', 'a' || 'b'::varchar, 'a'::char(3) || 'b'
select 'a' || array[1, 2]
select 'a' || array['b', 'c'], array['b'] || 'c', array[1] || 2, 1 || array[2]
select concat('a', 1, null, true, 2.50, date '2020-01-01'), concat(), concat(null), concat(null, null), concat(variadic array['a', null, 'b']), concat('a'::char(3), 'b')
select concat_ws(',', 'a', null, 1), concat_ws(null, 'a'), concat_ws(',', null), concat_ws('', 'a', 'b'), concat_ws(',', variadic array[1, null, 3]), concat_ws(',')
select concat_ws()
select concat(variadic 5)
select length('héllo'), char_length('héllo'), character_length('日本'), octet_length('日本'), bit_length('é'), length(''), length('a  '::char(5)), octet_length('a'::char(5)), length(null::text)
select lower('ÀÉ ABC'), upper('àé abc ß'), initcap('hello wORLD foo_bar o''neil 1st x2y-z'), initcap(''), lower(''), upper('ÿ')
select substring('hello', 2), substring('hello', 2, 3), substring('hello' from 2 for 3), substring('hello' from 2), substring('hello' for 2), substring('héllo', -1, 4), substring('hello', 0, 2), substring('hello', 10), substring('hello', 2, 0), substr('hello', -2), substr('hello', 2, 100)
select substring('hello', 2, -1)
select substr('hello', 2147483647, 2), substring('hello', -2147483648, 2147483647), substring('abc' from 2147483647)
select left('hello', 2), left('hello', -2), left('hello', 0), left('hello', 10), left('hello', -10), right('hello', 2), right('hello', -2), right('hello', 0), right('héllo', 4), left('', 1), left('abc', -2147483648)
select position('l' in 'hello'), position('' in 'hello'), position('z' in 'hello'), strpos('héllo', 'l'), strpos('', ''), strpos('abc', 'abcd'), position('o' in 'hello wo')
select replace('hello', 'l', 'LL'), replace('hello', '', 'x'), replace('hello', 'l', ''), replace('aaa', 'aa', 'b'), replace('', 'a', 'b'), replace('hello', null, 'x')
select overlay('Txxxxas' placing 'hom' from 2 for 4), overlay('hello' placing 'XX' from 2), overlay('hello' placing 'XX' from 2 for 0), overlay('hello', 'ZZZ', 10), overlay('hello', 'Z', 1, 10), overlay('hello' placing '' from 2 for 2)
select overlay('hello' placing 'x' from 0)
select overlay('hello' placing 'x' from -1 for 2)
select trim('  a b  '), trim(both 'x' from 'xxaxx'), trim(leading from '  a '), trim(trailing 'ab' from 'xxabab'), btrim('xyaxy', 'xy'), ltrim('  a '), rtrim(' a  '), ltrim('zzzytest', 'xyz'), rtrim('testxxzx', 'xyz'), btrim('abc', ''), trim(both from 'é a é', 'é'), btrim('')
select lpad('hi', 5, 'xy'), lpad('hi', 5), rpad('hi', 5, 'xy'), lpad('hello', 3), rpad('hello', 3), lpad('hi', -1), lpad('hi', 5, ''), rpad('hi', 0), lpad('é', 3, 'ü'), rpad('x', 4, 'abcdef'), lpad('', 2, 'z'), lpad(null, 2)
select repeat('ab', 3), repeat('ab', 0), repeat('ab', -1), repeat('', 100), repeat('é', 3), reverse('héllo'), reverse(''), reverse('日本')
select length(repeat('x', 1000000))
select repeat('x', 2147483647)
select split_part('a,b,c', ',', 2), split_part('a,b,c', ',', 4), split_part('a,b,c', ',', -1), split_part('a,b,c', ',', -3), split_part('a,b,c', ',', -4), split_part('abc', '', 1), split_part('abc', '', 2), split_part('abc', '', -1), split_part('', ',', 1), split_part('a--b--c', '--', 2)
select split_part('a,b', ',', 0)
select string_to_array('a,b,,c', ','), string_to_array('a,b', null), string_to_array('', ','), string_to_array('a,b', ''), string_to_array('a,NULL,b', ',', 'NULL'), string_to_array(null, ','), string_to_array('abc', null, 'b'), string_to_array('a,b,', ',', '')
select string_to_table('a,b,c', ',')
select * from string_to_table('a,x,c', ',', 'x') with ordinality t(v, n)
select array_to_string(array['a', null, 'b'], ','), array_to_string(array['a', null, 'b'], ',', '*'), array_to_string(array[1, 2, 3], '-'), array_to_string('{}'::int[], ','), array_to_string(array[1.50, 2], ', '), array_to_string(array[true, false], ','), array_to_string(null::int[], ','), array_to_string(array[date '2020-01-01'], '')
select ascii('a'), ascii('é'), ascii(''), ascii('日'), ascii('😀'), chr(97), chr(233), chr(26085), chr(128512)
select chr(0)
select chr(-1)
select chr(1114112)
select chr(55296)
select translate('12345', '143', 'ax'), translate('abc', '', 'x'), translate('héllo', 'éo', 'e0'), translate('abcabc', 'ab', 'ba'), translate('', 'a', 'b'), translate('aaa', 'aa', 'bc')
select md5('abc'), md5(''), md5('é'), sha256('abc'), sha224('abc'), sha384('abc'::bytea), sha512(''::bytea), md5('abc'::bytea)
select encode('abc', 'hex'), encode('abc', 'base64'), encode(E'a\\000b'::bytea, 'escape'), decode('616263', 'hex'), decode('YWJj', 'base64'), decode('a\\b\001', 'escape')
select encode('abc', 'nope')
select decode('6x', 'hex')
select decode('616', 'hex')
select decode('YW=J', 'base64')
select decode('YWJ', 'base64')
select decode('YW*j', 'base64')
select decode('a\9', 'escape')
select to_hex(255), to_hex(-1), to_hex(255::int8), to_hex(-1::int8), to_hex(0), to_hex(9223372036854775807)
select quote_ident('abc'), quote_ident('Abc'), quote_ident('a b'), quote_ident('select'), quote_ident('a"b'), quote_ident(''), quote_ident('1a'), quote_ident('é'), quote_ident('_a$1'), quote_ident('user'), quote_ident('name')
select quote_literal('abc'), quote_literal('it''s'), quote_literal(E'a\\b'), quote_literal(42), quote_literal(null), quote_nullable(null), quote_nullable('x'), quote_literal(1.50), quote_nullable(date '2020-01-01'), quote_literal(true)
select format('%s %I %L', 'a', 'B c', 'it''s'), format('%%'), format('%s', null), format('%L', null), format('%1$s %1$s %2$s', 'a', 'b'), format('%-5s|', 'a'), format('%5s|', 'a'), format('%*s|', 5, 'a'), format('%-*s|', 5, 'a'), format('%*2$s|', 'x', 4), format('%2$*1$s|', 4, 'x'), format('no args'), format('%s', variadic array['a'])
select format('%s %s', variadic array['a', 'b']), format('%s', array[1, 2]), format('%s', 1.50), format('%s', true), format('%L', date '2020-01-01'), format('%*s|', -5, 'a'), format('%s', ''), format('%1$s %s', 'a', 'b')
select format('%s')
select format('%I', null)
select format('%x', 1)
select format('%0$s', 1)
select format('%2$s', 1)
select format('%1$', 1)
select format('%', 1)
select format('%1s%', 1)
select format('%*s', 'a', 'b')
select format(null), format(null, 1)
select format('%1$1', 1)
select starts_with('hello', 'he'), starts_with('hello', ''), starts_with('', 'a'), 'hello' ^@ 'hel', starts_with(null, 'a')
select parse_ident('a.b'), parse_ident('"A b".c'), parse_ident('Foo.BAR'), parse_ident('a.b[]', false), parse_ident('  a  .  b ')
select parse_ident('a..b')
select parse_ident('a.b[]')
select parse_ident('1a')
select parse_ident('')
select parse_ident('"a')
select parse_ident('""')
select parse_ident('a.')
select normalize('é', NFD) = 'é', length(normalize(U&'e\0301')), normalize('ﬁ', NFKC), 'é' is normalized, U&'e\0301' is nfc normalized, U&'e\0301' is not nfd normalized, normalize('', NFKD)
select normalize('a', 'x')
select unistr('d\0061t\+000061'), unistr('d\u0061t\U00000061'), unistr('a\\b'), unistr('\d83d\de00'), unistr('')
select unistr('\xyz')
select unistr('\d83d')
select unistr('\0000')
select unistr('wrong: \UDEADBEEF')
select E'\x00'
select E'\U00110000'
select E'a\xff'
select 'abc'::varchar(2), 'abc'::char(2), 'a'::char(3), 'a'::char(3)::text, 'abc'::char, 'é日'::varchar(1), 'a '::char(1), cast('abc' as varchar(5)), 'abc'::bpchar, 'abc  '::bpchar(4)
select 'a'::varchar(0)
select 'a'::char(0)
select 'a'::varchar(10485761)
select 'a'::varchar(-1)
select 'a'::varchar('x')
select 'a'::text(5)
select 'a'::char(3) = 'a', 'a'::char(3) = 'a '::char(2), 'a'::char(3) = 'a  '::text, 'a '::char(2) = 'a '::varchar, length('a  '::char(3)), 'a '::char(2) || '|', 'a'::char(2) like 'a', 'a'::char(2) like 'a ', 'b'::char(3) > 'a'::char(1)
select 'a'::name, repeat('x', 70)::name, 'abc'::name || 'd', 'abc'::name::text, 'a'::name = 'a'::text, 'a'::name like 'a', length('abc'::name)
select 'a' < 'b', 'a' < 'B', 'a' < 'é', 'Z' < 'a', '' < 'a', 'abc' < 'abd', 'ab' < 'abc', 'a' <> 'A', 'a' >= 'a', 'é' > 'z', '10' < '9'
select 'a' = null, null = null, 'a' <> null, 'a' is distinct from null, null is not distinct from null
select greatest('a', 'b', 'C'), least('a', 'B', 'é'), greatest('a', null), nullif('a', 'a'), nullif('a', 'b'), coalesce(null, 'x'), coalesce(null::text, 'a'::varchar(3))
select 'a' ~~ 'a%', 'a' !~~ 'b', 'A' ~~* 'a', 'A' !~~* 'a', 'a' ~<~ 'b', 'a' ~>=~ 'b', 'a' ~<=~ 'a', 'b' ~>~ 'a'
select 'a' collate "C" < 'B' collate "C"
select 'a' collate "nope"
select 1 collate "C"
select 'abc' collate pg_catalog."C"
select x from (values ('b'), ('a'), ('B'), ('é'), (''), (null), ('10'), ('9')) t(x) order by x
select x from (values ('b'), ('a'), ('B'), ('é'), (''), (null), ('10'), ('9')) t(x) order by x desc nulls last
select x from (values ('a '), ('a'), ('a  ')) t(x) group by x order by length(x)
select count(distinct x) from (values ('a '::char(3)), ('a'), ('a  ')) t(x)
select min(x), max(x), string_agg(x, ',' order by x), string_agg(x, '' order by x desc), count(x) from (values ('b'), ('a'), (null), ('é')) t(x)
select string_agg(x::char(3), ',') from (values ('a'), ('b')) t(x)
select length(1)
select length()
select upper(1)
select substring('hello', 'x', 'y', 'z')
select substring(1, 2)
select left('a', 'b')
select lpad('a', 'b')
select replace('a', 'b')
select position(1 in 2)
select 'a' + 1
select 'a' * 'b'
select -'a'
select 'a' - 'b'
select not 'a'
select 'abc' < 1
select 'abc'::text < 1
select upper(null), lower(null::text), length(''::text), trim(null), substring(null, 1), substring('a', null)
select regexp_replace('Hello', 'l', 'L'), regexp_replace('Hello', 'l', 'L', 'g'), initcap('ça va'), upper('straße'), lower('İ'), lower('ΑΣ')
select convert_from('abc', 'UTF8'), convert_from('\xe9', 'LATIN1'), convert_to('é', 'LATIN1'), convert_to('é', 'UTF8'), convert('\xe9', 'LATIN1', 'UTF8'), convert_from('\xa4', 'LATIN9'), convert_from('\x80', 'WIN1252'), convert_to('€', 'WIN1252')
select convert_from('\xe9', 'UTF8')
select convert_from('\xe9', 'nope')
select convert_to('日', 'LATIN1')
select convert_to('a', 'nope')
select convert('a', 'UTF8', 'nope')
select convert('\xff', 'UTF8', 'LATIN1')
select convert_from('\x93fa967b', 'SJIS'), convert_to('日本', 'EUC_JP'), convert_to('я', 'KOI8R'), convert_from('\xd1', 'WIN1251'), convert_to('ł', 'LATIN2'), convert_to('中', 'GBK'), convert_to('中', 'BIG5'), convert_to('한', 'EUC_KR'), convert_to('ß', 'WIN1250')
select convert_from('\x61ff', 'SQL_ASCII')
select convert_to('a', 'SQL_ASCII'), convert_from('abc', 'SQL_ASCII'), convert_to('é', 'SQL_ASCII'), convert_to('é', 'MULE_INTERNAL')
select pg_client_encoding(), getdatabaseencoding(), length('\xc3a9', 'UTF8'), length('\xc3a9', 'LATIN1'), pg_encoding_to_char(6), pg_char_to_encoding('LATIN1'), pg_encoding_to_char(-1), pg_char_to_encoding('nope')
select crc32('a')
select sha256('a'::text)
select string_agg(c, '' order by n desc) from unnest(string_to_array('abc', null)) with ordinality t(c, n)
select regexp_count('a', 'b', 1, 'i'), bit_count('a'::bytea), trim_array(array[1, 2, 3], 1), num_nulls(1, null, 'a'), num_nonnulls(1, null, 'a')
select num_nulls()
select num_nulls(variadic array[1, null]), num_nonnulls(variadic '{}'::int[]), num_nulls(variadic null::int[])
select pg_typeof('a'), pg_typeof('a'::varchar), pg_typeof('a'::char(3)), pg_typeof(null), pg_typeof(1.0), pg_typeof(array['a']), pg_typeof('a' || 'b'), pg_typeof(upper('a'::varchar)), pg_typeof(row(1))
select current_catalog, current_schema, current_user = session_user, current_role = user, current_database()
select cast(1 as text) || 'x', 1::text, 1.50::varchar, true::text, null::text, 'x'::text::char(1), date '2020-01-01'::text, interval '1 day'::varchar(3)
select 'yes'::bool, 'on'::bool, 't'::bool, 'TRUE'::bool, '1'::bool, ' f '::bool, 'off'::bool, 'n'::bool, 'fals'::bool, 'of'::bool
select 'o'::bool
select ''::bool
select 'maybe'::bool
select 'yes'::text::bool, 'x'::varchar = 'x'::char(1), true::varchar, 'f'::char(1)::text::bool
