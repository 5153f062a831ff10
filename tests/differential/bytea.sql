-- Binary strings and bit strings (chapters 8.4, 8.10, 9.5, 9.6).
select '\xDEADbeef'::bytea, 'abc'::bytea, E'\\000\\001a'::bytea, ''::bytea, '\x'::bytea, 'a\\b'::bytea, '\x de ad '::bytea, bytea 'x', 'é'::bytea
select '\xabc'::bytea
select '\xzz'::bytea
select 'a\b'::bytea
select 'a\400'::bytea
select '\x12'::bytea || '\x34'::bytea, 'a'::bytea || 'b', length('abc'::bytea), octet_length('\x0102'::bytea), bit_length('\x01'::bytea), length(''::bytea)
select substring('\x0102030405'::bytea from 2 for 2), substring('abc'::bytea, 2), substr('abc'::bytea, 2, 1), substr('abc'::bytea, -1, 3), substring('abc'::bytea from 10), substr('abc'::bytea, 0)
select substring('abc'::bytea, 1, -1)
select position('b'::bytea in 'abc'::bytea), position('' in 'abc'::bytea), position('z'::bytea in 'abc'::bytea), position('\x02'::bytea in '\x0102'::bytea)
select overlay('abcdef'::bytea placing 'XY'::bytea from 2 for 3), overlay('abcdef'::bytea placing 'XY'::bytea from 2), overlay('\x0102'::bytea placing '\xff'::bytea from 1 for 0)
select overlay('abc'::bytea placing 'x'::bytea from 0)
select trim('a'::bytea from 'aba'::bytea), btrim('\x000100'::bytea, '\x00'), ltrim('aab'::bytea, 'a'), rtrim('baa'::bytea, 'a'), trim(leading '\x00'::bytea from '\x0001'::bytea), btrim('abc'::bytea, '')
select get_byte('\x0102ff'::bytea, 2), get_bit('\x01'::bytea, 0), get_bit('\x80'::bytea, 7), set_byte('\x0102'::bytea, 0, 255), set_bit('\x00'::bytea, 7, 1), set_byte('\x01'::bytea, 0, 256 + 5)
select get_byte('\x01'::bytea, 1)
select get_bit('\x01'::bytea, 8)
select get_byte('\x01'::bytea, -1)
select set_byte('\x01'::bytea, 5, 1)
select set_bit('\x01'::bytea, 0, 2)
select set_bit('\x01'::bytea, 10, 1)
select bit_count('\x0f'::bytea), bit_count(''::bytea), md5('\x00'::bytea), sha256('\x00'::bytea), encode('\x00ff'::bytea, 'hex'), encode('\x00ff'::bytea, 'base64'), encode('\x00ff41'::bytea, 'escape'), encode(''::bytea, 'base64')
select encode(decode(repeat('ab', 60), 'hex'), 'base64'), encode(repeat('x', 57)::bytea, 'base64'), encode(repeat('x', 58)::bytea, 'base64')
select decode(' Y W J j ', 'base64'), decode('', 'hex'), decode(E'61\n62', 'hex'), decode('\\', 'escape'), decode('YQ==', 'base64'), decode('YWI=', 'base64')
select decode('=', 'base64')
select decode('a', 'base64')
select decode('\1', 'escape')
select 'a'::bytea < 'b'::bytea, '\x00'::bytea < '\x0000'::bytea, '\xff'::bytea > '\x7f'::bytea, ''::bytea = '\x'::bytea, 'a'::bytea <> 'a', '\x01'::bytea between '\x00' and '\x02'
select 'abc'::bytea like 'a%', 'abc'::bytea not like '_b%'::bytea, '\x00ff'::bytea like '\x00%'::bytea, 'a%'::bytea like 'a\\%'::bytea
select 'a'::bytea like 'a\'
select x from (values ('\x01'::bytea), ('\x00'), (''), (null), ('\xff'), ('\x0100')) t(x) order by x
select string_agg(x, '\x2c' order by x), count(distinct x) from (values ('\x01'::bytea), ('\x00'), ('\x01')) t(x)
select reverse('abc'::bytea)
select upper('abc'::bytea)
select 'abc'::bytea::text, 'abc'::bytea::varchar
select 'abc'::text::bytea, '\x41'::text::bytea
select 1::bytea
select 'abc'::bytea::int
select 'abc'::bytea || 1
set bytea_output = escape
select '\xDEADbeef'::bytea, 'abc'::bytea, '\x00'::bytea, '\x5c'::bytea, ''::bytea, '\x27'::bytea, '\x7f20'::bytea, array['\x00'::bytea, 'a']
select '\x00'::bytea::text, 'a' || '\xff'::bytea::text
set bytea_output = nope
reset bytea_output
select array['\x00'::bytea, 'a"b', null], row('\x01'::bytea), to_json('\x01'::bytea)
select B'101', B'', X'1F', b'0', X'aBc'
select '101'::bit(3), '101'::bit(5), '10111'::bit(3), '101'::varbit, '101'::varbit(2), '101'::bit, 'x1F'::varbit, 'b01'::bit(2), bit '1', bit(4) '1010', bit varying '11'
select '10111'::text::bit(3), B'10111'::bit(3), B'101'::bit(5), B'10111'::bit varying(3), B'101'::varbit(5)
select '10111'::bit(3)
select bit(3) '10'
select B'102'
select X'1G'
select '1x'::varbit
select B'101' || B'11', B'1' || B'', B'101' & B'110', B'101' | B'010', B'101' # B'111', ~B'101', B'101' << 1, B'101' >> 1, B'101' << 5, B'101' >> -1
select B'101' & B'11'
select B'101' | B'1'
select B'101' # B''
select length(B'101'), bit_length(B'101'), octet_length(B'101'), octet_length(B'111111111'), length(B''), bit_count(B'10110'), get_bit(B'101', 1), set_bit(B'101', 1, 1)
select get_bit(B'101', 3)
select set_bit(B'101', 5, 1)
select set_bit(B'101', 0, 2)
select substring(B'110010111' from 2 for 3), substring(B'1100' from 3), substring(B'1100' from -1 for 3), overlay(B'111111' placing B'00' from 2), overlay(B'111111' placing B'00' from 2 for 4), position(B'010' in B'000001010'), position(B'' in B'1'), position(B'11' in B'0'), position(B'1' in B'')
select substring(B'1100', 1, -1)
select 44::bit(10), 44::bit(3), (-44)::bit(12), 5::bit, 5::int8::bit(40), (-1)::int8::bit(70), B'101'::int, B'11111111111111111111111111111111'::int, B'101'::int8, cast(5 as bit(4)), '1110'::bit(4)::integer
select B'111111111111111111111111111111111'::int
select B'1'::int2
select 1::int2::bit(3)
select x from (values (B'1'::varbit), (B''), (B'0'), (B'10'), (B'01'), (null)) t(x) order by x
select array[B'101', B'01'], B'101'::text, B'101'::varchar(2), to_json(B'101'), '101'::text::varbit, pg_typeof(B'101'), pg_typeof(B'101' || B'1'), array_to_string(array[B'1'], ',')
select B'1' + 1
select ~true
