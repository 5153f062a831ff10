-- LIKE, SIMILAR TO and POSIX regular expressions (chapter 9.7).
select 'abc' like 'a%', 'abc' like '_b_', 'abc' like 'c', 'abc' like '%', '' like '', '' like '%', 'abc' like 'ABC', 'a%c' like 'a\%c', 'abc' like 'a\%c', 'a\c' like 'a\\c', 'é' like '_', '日本' like '_本', 'abc' like '%%%c'
select 'a%c' like 'a#%c' escape '#', 'a\c' like 'a\c' escape '', 'a_c' like 'a!_c' escape '!', 'abc' not like 'a%', 'ABC' ilike 'a%', 'ÉA' ilike 'é_', 'abc' not ilike 'A%', null like 'a', 'a' like null
select 'abc' like 'abc\'
select 'abc' like 'a%' escape 'xx'
select 'abcbc' like '%bc', 'aab' like '%ab', 'mississippi' like '%iss%pi', 'abc' like '%_%_%_%_', E'a\nb' like 'a_b', E'a\nb' like '%b'
select like_escape('a_b', '#'), like_escape('a\b', '')
select 'a' like any (array['b', 'a%']), 'a' not like all (array['b', 'c']), 'a' ilike any ('{A}'), 'a' like all ('{}')
select 'abc' similar to 'abc', 'abc' similar to 'a', 'abc' similar to '%(b|d)%', 'abc' similar to '(b|c)%', '-abc-' similar to '%\mabc\M%', 'xabcy' similar to '%\mabc\M%', 'aaa' similar to 'a{2,3}', 'a.c' similar to 'a.c', 'abc' similar to 'a.c', 'abc' similar to '_+', 'ab' similar to '[a-c]*', null similar to 'a'
select 'abc' not similar to 'a%', 'a%' similar to 'a#%' escape '#', 'a|b' similar to 'a\|b', 'ac' similar to 'ab?c', '' similar to '', 'a' similar to '[[:alpha:]]', 'a]' similar to 'a]'
select substring('foobar' similar '%#"o_b#"%' escape '#'), substring('foobar' from '#"o_b#"%' for '#'), substring('foobar' similar 'foo#"b%#"r' escape '#'), substring('abc' similar 'x#"y#"z' escape '#')
select substring('foobar' similar 'a#"b#"c#"d' escape '#')
select substring('foobar' similar 'x' escape '##')
select similar_to_escape('a%b_c'), similar_to_escape('a|b', '#'), similar_escape('x', null), similar_to_escape('[a%]_')
select 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~ 'c$', 'abc' ~* 'B', 'abc' !~ 'z', 'abc' !~* 'B', '' ~ '', 'abc' ~ '', null ~ 'a', 'a' ~ null
select 'abc' ~ 'a.c', 'a\nc' ~ 'a.c', E'a\nc' ~ 'a.c', E'a\nc' ~ 'a$', E'a\nc' ~ '(?n)a$', E'a\nc' ~ '(?n)^c', E'a\nc' ~ '(?w)^c', E'a\nc' ~ '(?p)a.c', E'a\nc' ~ '(?s)a.c'
select 'abc' ~ '\d', '123' ~ '^\d+$', 'a_1' ~ '^\w+$', ' ' ~ '\s', 'a' ~ '\D', 'a b' ~ '\ya\y', 'ab' ~ 'a\B', 'foo' ~ '\mfoo\M', 'foo' ~ '\Afoo\Z', E'foo\n' ~ 'foo\Z', 'é' ~ '\w', '日' ~ '\w', '٣' ~ '\d'
select 'a1' ~ '[[:digit:]]', 'A' ~ '[[:upper:]]', 'a' ~ '[[:lower:]]', '!' ~ '[[:punct:]]', 'é' ~ '[[:alpha:]]', ' ' ~ '[[:space:]]', 'f' ~ '[[:xdigit:]]', 'a' ~ '[^[:alpha:]]', 'a' ~ '[\d\w]', ']' ~ '[]]', '-' ~ '[a-]', '^' ~ '[a^]', '\' ~ '[\\]', 'a' ~ '[[.a.]]', 'a' ~ '[[=a=]]', 'word' ~ '[[:<:]]word[[:>:]]', 'x' ~ '[[:word:]]'
select 'ab' ~ 'a{1}b', 'aab' ~ 'a{2}', 'aab' ~ 'a{3}', 'aab' ~ 'a{1,}', 'aab' ~ '^a{0,1}b', 'abab' ~ '^(ab)+$', 'abab' ~ '^(?:ab){2}$', 'ac' ~ 'ab?c', 'ac' ~ 'ab*?c', 'a{b' ~ 'a{b', 'a{1' ~ 'a\{1'
select substring('foobar' from 'o.b'), substring('foobar' from 'o(.)b'), substring('foobar', 'z'), substring('foobar' from '(o)(.)b'), substring('abc' from '(?:a)(b)'), substring('abc', 'x?'), substring('abc', '(x)?b')
select regexp_match('foobarbequebaz', 'bar.*que'), regexp_match('foobarbequebaz', '(bar)(beque)'), regexp_match('abc', 'x'), regexp_match('abc', '(x)?b'), regexp_match('ABC', 'b', 'i'), (regexp_match('a=1', '(\w)=(\d)'))[2]
select regexp_match('abc', 'b', 'g')
select regexp_matches('foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g')
select regexp_matches('abcabc', 'b.', 'g'), regexp_matches('abc', 'x')
select * from regexp_matches('a1b2', '([a-z])(\d)', 'g') with ordinality t(m, n)
select regexp_matches('aaa', 'a*?', 'g')
select regexp_replace('foobarbaz', 'b..', 'X'), regexp_replace('foobarbaz', 'b..', 'X', 'g'), regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g'), regexp_replace('abc', '(b)', '[\&]'), regexp_replace('abc', 'b', '\\'), regexp_replace('abc', 'B', 'x', 'i'), regexp_replace('abc', 'b', ''), regexp_replace('abc', 'x', 'y'), regexp_replace('abc', '', '-', 'g'), regexp_replace('abc', 'b', '\2')
select regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 0, 'i'), regexp_replace('A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i'), regexp_replace('abcabc', 'b', 'X', 3), regexp_replace('abcabc', 'b', 'X', 1, 2), regexp_replace('abcabc', 'b', 'X', 1, 5)
select regexp_replace('a', 'a', 'b', 'z')
select regexp_replace('a', 'a', 'b', 0)
select regexp_replace('a', 'a', 'b', 1, -1)
select regexp_split_to_array('the quick  fox', '\s+'), regexp_split_to_array('abc', ''), regexp_split_to_array('', 'x'), regexp_split_to_array('a,b', ','), regexp_split_to_array('aXbxc', 'x', 'i'), regexp_split_to_array('abc', 'x'), regexp_split_to_array(',a,', ',')
select regexp_split_to_table('the quick fox', '\s+')
select * from regexp_split_to_table('abc', '') with ordinality
select regexp_split_to_array('a', 'b', 'g')
select regexp_count('ABCABCAXYaxy', 'A.'), regexp_count('ABCABCAXYaxy', 'A.', 1, 'i'), regexp_count('abc', ''), regexp_count('', 'x'), regexp_count('aaa', 'a', 2), regexp_count('abc', 'a', 10)
select regexp_count('a', 'a', 0)
select regexp_instr('abcabc', 'c'), regexp_instr('abcabc', 'c', 4), regexp_instr('abcabc', 'c', 1, 2), regexp_instr('abcabc', 'c', 1, 1, 1), regexp_instr('abcabc', '(b)(c)', 1, 1, 0, 'i', 2), regexp_instr('abc', 'x'), regexp_instr('abc', 'c', 1, 3)
select regexp_instr('a', 'a', 1, 0)
select regexp_instr('a', 'a', 1, 1, 2)
select regexp_instr('a', 'a', 1, 1, 0, '', -1)
select regexp_like('Hello', 'hello', 'i'), regexp_like('Hello', 'hello'), regexp_like(E'a\nb', '^b', 'n'), regexp_like('a', null)
select regexp_like('a', 'a', 'g')
select regexp_substr('number of your street, town zip, FR', '[^,]+', 1, 2), regexp_substr('ABCDEFGHI', '(c..)(...)', 1, 1, 'i', 2), regexp_substr('abc', 'x'), regexp_substr('abcabc', 'b.', 3), regexp_substr('abc', '(b)', 1, 1, '', 0)
select regexp_substr('abc', 'b', 1, 1, '', -1)
select 'a' ~ '('
select 'a' ~ ')'
select 'a' ~ '['
select 'a' ~ '[b-a]'
select 'a' ~ '*'
select 'a' ~ 'a**'
select 'a' ~ 'a{2,1}'
select 'a' ~ 'a{'
select 'a' ~ 'a{1'
select 'a' ~ 'a{256}'
select 'a' ~ '\'
select 'a' ~ '[[:nope:]]'
select 'a' ~ '(?z)a'
select 'a' ~ '\1'
select 'a' ~ '\u00e'
select 'ab' ~ 'a|', 'b' ~ 'a||b', 'abc' ~ '()', 'a' ~ '(|a)', 'a' ~ '(?:)'
select 'é' ~ '\u00e9', 'é' ~ '\xe9', E'\t' ~ '\t', 'a' ~ '\x61', 'A' ~ '\101', E'\a' ~ '\a', E'\x1b' ~ '\e', E'\x03' ~ '\cC'
select 'XY1234Z' ~ 'Y*([0-9]{1,3})', substring('XY1234Z', 'Y*([0-9]{1,3})'), substring('XY1234Z', 'Y*?([0-9]{1,3})'), substring('abcd01234xyz' from '(?:(.*?)(\d+)(.*)){1,1}'), regexp_match('abcd01234xyz', '(.*)(\d+)(.*)'), regexp_match('abcd01234xyz', '(.*?)(\d+)(.*)'), regexp_match('abcd01234xyz', '(?:(.*?)(\d+)(.*)){1,1}')
select regexp_match('aaab', 'a+?'), regexp_match('aaab', 'a+?b'), regexp_match('xaaab', '(a|ab)(c|bcd)?'), regexp_match('ab', 'a|ab'), regexp_match('foobar', '(foo|foobar)'), regexp_match('aXbX', '.*?X'), regexp_match('aXbX', '(.*?)X(.*)'), regexp_match('abcde', '(ab|a)(bcde|c)?')
select regexp_match('aabb', 'a*?b+'), regexp_match('<a><b>', '<.+?>'), regexp_match('aaaa', 'a{2,3}?'), regexp_match('aaaa', 'a{2,3}'), regexp_match('abab', '(?:ab)+?'), regexp_match('12ab', '\d+?[a-z]+')
select regexp_replace('The  Quick', '\s{2,}', ' '), regexp_replace('2020-01-02', '(\d+)-(\d+)-(\d+)', '\3/\2/\1'), regexp_replace('Aé日', '[^[:ascii:]]', '?', 'g'), regexp_replace('x', '(y)?x', '[\1]'), regexp_replace(E'a\nb', '^', '> ', 'g'), regexp_replace(E'a\nb', '^', '> ', 'gn')
select regexp_replace('aaa', 'a', 'b', 'gi'), regexp_replace('  trim  ', '^\s+|\s+$', '', 'g'), regexp_replace('abc', '(?i)B', 'x'), regexp_replace('a.b.c', '\.', '', 'g'), regexp_replace('foo', 'o$', '0'), regexp_replace('camelCaseString', '([a-z])([A-Z])', '\1_\2', 'g')
select 'ab' ~ '(?x) a b', 'a b' ~ '(?x) a\ b', 'ab' ~ '(?x)a # comment', 'ab' ~ 'a(?#comment)b', 'ab' ~ '(?t)ab', 'a.' ~ '[.]$', 'tab' ~ '\mt', 'ab' ~ '\Yb', '-' ~ '[\-]', 'a-b' ~ '^[\w-]+$'
select name ~ '^[A-M]', name ~* 'safety', count(*) from learnink.courses group by 1, 2 order by 1, 2
select 'abc' ~ 1
select 1 ~ 'a'
select 1 like '1'
select regexp_match(1, 'a')
select regexp_replace('a', 'b')
select regexp_match('abcd','(a|ab)(bcd|cd|c)'), regexp_match('aab','(a*(ab)?)(.*)'), regexp_match('', '(a*){2}'), regexp_match('ba','(a|(b))*'), regexp_match('abab','(a|ab|b)*')
select 'foobar' ~ 'foo(?=bar)', 'foobar' ~ 'foo(?!bar)', 'foobar' ~ '(?<=foo)bar', 'foobar' ~ '(?<!foo)bar', 'abcabc' ~ '^(abc)\1$', 'abcabd' ~ '^(abc)\1$'
select 'a' ~ '(?=a)*'
select 'a' ~ '(a\1)'
select 'a' ~ '(a)(?=\1)'
select '' ~ '^(?:(a)|)\1*$', 'b' ~ '^(?:(a)|b)\1*$', 'aa' ~ '^(a)\1*$', 'aaa' ~ '^(a)\1{2}$', 'aaa' ~ '^(a*)\1{2}$'
select regexp_match('aaXbb', '(.)\1X(.)\2'), regexp_match('foo.bar.baz','[^.]+(?=\.)'), regexp_matches('foo.bar.baz','[^.]+(?=\.|$)','g')
select 'aA' ~* '^(a)\1$', 'aA' ~ '^(a)\1$', 'éÉ' ~* '^(é)\1$'
select regexp_match('abc', '(?=(b))b'), regexp_match('abc','(?<=(a))(b)')
select regexp_replace('1234567', '(?<=\d)(?=(\d\d\d)+$)', ',', 'g'), regexp_replace('hello wood', '(.)\1', '<\1\1>', 'g'), regexp_split_to_array('camelCaseString', '(?=[A-Z])'), regexp_count('the the cat cat', '\m(\w+)\s+\1\M')
select 'a' ~ '(?<=)a', 'a' ~ '(?=)a', 'a' ~ '(?!)a', 'ab' ~ '(?<=a|xyz)b', 'xab' ~ 'x(?=ab|b)a(?!c)'
select regexp_match('aaaa', '(a+?)\1'), regexp_match('aaaa', '(a+)\1'), regexp_match('aaaaa', '(a*)\1'), regexp_match('abcabcabc','(.+)\1+')
select regexp_match('xay', '(?:(a)|b)\1?y')
select regexp_match('abcd', '(a|ab)(c|bcd|cd)?'), regexp_match('aaabbb', '(a*)(a*b*)(b*)'), regexp_match('xyz', '((x)|(y)|(z))+'), regexp_match('abcabc', '(abc|ab|c)*'), regexp_match('aabab', '((a|ab)(c|bab)?)*')
select regexp_match('foobarbaz', '(foo|foob)(ar|arb)?(.*)'), regexp_match('a,b,,c', '([^,]*),([^,]*),(.*)'), regexp_match('key=value; k2=v2', '(\w+)=(\w+)(; (\w+)=(\w+))*'), regexp_match('2020-01-02T03:04', '^(\d+)-(\d+)-(\d+)(T(\d+):(\d+))?$')
select regexp_match('abcd01234xyz', '(?:(.*?)(\d+)(.*)){1,1}?'), regexp_match('abcd01234xyz', '(?:(.*)(\d+)(.*)){1,1}?'), regexp_match('XY1234Z', '(?:Y*?([0-9]{1,3})){1,1}'), regexp_match('aaab', '(a*?)(a*)b'), regexp_match('aaab', '(a*)(a*?)b'), regexp_match('aaab', '(a+?)(a+)')
select regexp_match('xaaay', '(?<=x)(a+?)(a*)(?=y)'), regexp_match('ab12cd', '(?<![0-9])[0-9]+'), regexp_matches('ab12cd345', '(?<=[a-z])(\d)', 'g'), regexp_matches('aAbB', '([a-z])(?=\1)', 'gi')
select regexp_matches('aAbB', '([a-z])(?=[A-Z])', 'g')
select regexp_match('<b>bold</b>', '<(\w+)>(.*)</\1>'), regexp_match('<b>x</b><i>y</i>', '<(\w+)>(.*?)</\1>'), regexp_matches('<b>x</b><i>y</i>', '<(\w+)>([^<]*)</\1>', 'g'), regexp_replace('aa bb cd', '(\w)\1', '[\1]', 'g')
select 'password1' ~ '^(?=.*[0-9])(?=.*[a-z]).{8,}$', 'password' ~ '^(?=.*[0-9])(?=.*[a-z]).{8,}$', 'foo.exe' ~ '^(?!.*\.exe$)', 'foo.txt' ~ '^(?!.*\.exe$)', 'foo.txt' !~ '^(?!.*\.exe$)'
select E'a\nb' ~ '(?n)a(?=\n)', E'a\nb' ~ '(?<=\n)b', E'a\nb' ~ '(?n)(?<=^a)', E'ab' ~ '(?w)^(?=ab$)', E'x\nab' ~ '(?w)^(?=ab$)', 'é日' ~ '(?<=é)日', 'É' ~* '(?=é)', 'a.b' ~ 'a(?=\.)', 'ab' ~ 'a(?=b$)', 'ab' ~ '(?<=^)a', 'ab' ~ 'b(?=$)'
select regexp_instr('xabyab', '(?<=y)ab'), regexp_instr('xabyab', 'ab(?!y)'), regexp_count('aXbXc', '(?<=X).'), regexp_substr('price: $42', '(?<=\$)\d+'), regexp_like('aba', '^(.)(.)\1$'), substring('foobar' from '(?<=foo)b.'), substring('foobar' from '(.)\1'), regexp_substr('aabbcc', '(.)\1', 1, 2), regexp_substr('aabbcc', '(.)\1', 1, 2, '', 1)
select regexp_split_to_array('a1b2c3', '(?<=\d)'), regexp_split_to_array('aabbc', '(.)\1'), regexp_split_to_array('2020-01-02', '(?<!0)-')
select * from regexp_split_to_table('oneTwoThree', '(?<=[a-z])(?=[A-Z])') with ordinality
select 'a' ~ '(?=a'
select 'a' ~ '(?<a)'
select 'a' ~ '(?<=a'
select 'a' ~ '(?=a)+'
select 'a' ~ '(?=a){2}'
select 'a' ~ '\2(a)'
select 'a' ~ '(a)|\2'
select 'aa' ~ '(a)(?:\1)', 'aba' ~ '(a)(b)\1', 'ab' ~ '(?:(a)|(b))\2', 'abb' ~ '(?:(a)|(b))+\2', 'aa' ~ '((a)\2)', 'aabb' ~ '^(?:(.)\1)+$', 'aabc' ~ '^(?:(.)\1)+$', 'aXaXa' ~ '^(a)(?:X\1)*$'
select 'aaaaaaaaaa' ~ '^(aa+)\1+$', 'aaaaaaaaaaa' ~ '^(aa+)\1+$', regexp_match('aaaaaaaaaaaa', '^(aa+)\1+$'), regexp_match('aaaaaaaaaaaa', '^(aa+?)\1+$'), regexp_match('aaaa', '^(a)\1{1,2}'), regexp_match('aaaaa', '^(a)\1{1,2}?'), regexp_match('abab', '^(ab)\1*$'), regexp_match('abXX', '(a)?b(\1X|X)')
select 'foobar' similar to '%(foo|bar)%', 'ABAB' similar to '(AB)\1', substring('abcdef' similar 'a#"%#"f' escape '#'), substring('aXbXc' similar '%X#"%#"X%' escape '#')
select name from learnink.courses where name ~* '^(?!.*safety).*$' order by name limit 5
select count(*) from learnink.users where email ~ '^(?=[^@]*\.)[^@]+@(?!example\.com)', count(*) from learnink.users where email ~ '(.)\1'
select count(*) from learnink.users where first_name ~ '(.)\1'
select jsonb_path_exists('"aba"', '$ ? (@ like_regex "^(.).\\1$")'), jsonb_path_query('["ab","ac"]', '$[*] ? (@ like_regex "a(?=c)")')
select regexp_match('aab', '(a|aa)(ab|b)'), regexp_match('aab', '(?:a|aa)(ab|b)'), regexp_match('abcde', '(ab|abc)(cde|de)(f|)'), regexp_match('aaaaa', '(a{1,2})(a{1,3})'), regexp_match('aaaaa', '(a{1,2}?)(a{1,3})'), regexp_match('aXb', '(a|aX)(X?b)'), regexp_match('ab', '(()|(a))(b)?')
select regexp_replace('John Smith', '(\w+) (\w+)', '\2, \1'), regexp_replace('a.b@c.com', '(?<=.).(?=.*@)', '*', 'g'), regexp_replace('foo123bar', '(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])', ' ', 'g'), regexp_replace('xyxy', '(x)(y)\1\2', '[\2\1]')
select regexp_match('', '(a*)?'), regexp_match('', '(b?)*'), regexp_match('', '(b)*'), regexp_match('', '(b?){0,2}'), regexp_match('x', '(a*)?x'), regexp_match('x', '((a)|b*)*x'), regexp_match('bx', '(a*|b)?x')
select regexp_match('abb', '(a|b)+'), regexp_match('abb', '(ab?|b)+'), regexp_match('abb', '(a|b*)+'), regexp_match('abbb', '(a|b*){2}'), regexp_match('abbb', '(a|b*)+?'), regexp_match('abbb', '(ab*|b)*'), regexp_match('abbb', '(a|bb|b)*'), regexp_match('ab', '(|a)+b')
select like_escape('a_b'::bytea, '#'::bytea), like_escape('a#_b%'::bytea, '#'::bytea), like_escape('a\\b'::bytea, ''::bytea), like_escape(null::bytea, '#')
select like_escape('a'::bytea, 'xx'::bytea)
select count(*), sum(length(m[1])) from regexp_matches(repeat('ab,', 5000), '(a|b)(b|,)', 'g') m
select regexp_count(repeat('foo bar ', 2000), '(\w)\1'), length(regexp_replace(repeat('foo bar ', 2000), '(?<=o)\s(?=b)', '', 'g')), cardinality(regexp_split_to_array(repeat('fooBar', 2000), '(?=[A-Z])'))
select regexp_match(E'x\nab cd\ny', '(?n)^(a|ab)( c|b cd)?$'), regexp_match('xxab', '(\yab|b)(\Z|x)'), regexp_match('éab', '(?:é|a)(a|ab)(b|)$'), regexp_match('ab cd', '(\m\w+?)( |\M)(.*)')
