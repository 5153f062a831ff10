-- Numbers: literals, arithmetic, rounding, mathematical functions (chapters 8.1, 9.3).
select 1, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, 1.0, 1e3, 1e-3, .5, 5., 1.50
select -2147483648, -9223372036854775808, - 9223372036854775808, -0, -0.0, -0.0::float8, 0e0
select 12345678901234567890123456789012345678901234567890, 0.00000000000000000000000000001
select 1e400, 1e-400
select 2 + 3, 2 - 3, 2 * 3, 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 % -3
select 2::int2 + 3::int2, 2::int2 + 3, 2::int2 + 3::int8, 2 + 3::int8, 2::int2 * 3::int2, 7::int2 / 2::int2, 7::int2 % 2::int8
select 2.5 + 3, 2.5 - 3::int8, 2.50 * 3.0, 7.0 / 2, 7 / 2.0, 7.5 % 2, -7.5 % 2
select 2::float4 + 3::float4, 2::float4 + 3::float8, 2 + 3::float4, 2.5 + 3::float8, 1::float8 / 3, 1::float4 / 3
select 0.1::float4 + 0.2::float4, 0.1::float8 + 0.2::float8, 0.1 + 0.2, 0.1::float4::float8, 0.1::float8::float4
select 2147483647 + 1
select -2147483648 - 1
select 2147483647 * 2
select -2147483648 / -1
select (-2147483648) % -1, (-9223372036854775808) % -1, (-32768)::int2 % (-1)::int2
select 9223372036854775807 + 1
select 9223372036854775807 * 2
select (-9223372036854775808) / -1
select -9223372036854775808 - 1
select 32767::int2 + 1::int2
select (-32768)::int2 / (-1)::int2
select 32767::int2 * 2::int2
select (-32768)::int2 - 1::int2
select - (-32768)::int2
select - (-2147483648)
select - (-9223372036854775808)
select abs((-32768)::int2)
select abs(-2147483648)
select abs(-9223372036854775808)
select 1 / 0
select 1 % 0
select 1::int2 / 0::int2
select 1::int8 / 0
select 1::int8 % 0::int8
select 1.0 / 0
select 1.0 % 0
select 1::float8 / 0
select 1::float4 / 0
select 0::float8 / 0
select 'NaN'::float8 / 0, 'Infinity'::float8 / 2, 1 / 'Infinity'::float8, 'Infinity'::float8 * -1, 'NaN'::float8 * 0
select 'Infinity'::float8 / 0
select 'Infinity'::float8 - 'Infinity'::float8, 'Infinity'::float8 + '-Infinity'::float8, 'Infinity'::float8 * 0
select 1e308::float8 * 10
select 1e308::float8 + 1e308::float8
select 1e-308::float8 / 1e100::float8
select 1e-300::float8 * 1e-300::float8
select 3e38::float4 * 10::float4
select 1e-38::float4 * 1e-38::float4
select 3e38::float4 + 3e38::float4
select 1e-38::float4 / 1e20::float4
select 'NaN'::numeric + 1, 'NaN'::numeric * 0, 'Infinity'::numeric + 1, 'Infinity'::numeric - 'Infinity'::numeric, -'Infinity'::numeric
select 'Infinity'::numeric * 0, 'Infinity'::numeric * -1, 1 / 'Infinity'::numeric, 'Infinity'::numeric / 2, 'NaN'::numeric / 0
select 'Infinity'::numeric / 0
select 'Infinity'::numeric % 5, 5 % 'Infinity'::numeric, -5 % 'Infinity'::numeric, 'NaN'::numeric % 0
select 'Infinity'::numeric % 0
select 1.0 / 3, 10.0 / 3, 100000 / 3.0, 1 / 3.0000000000000000000000, 0.001 / 3, 12345678901234567890 / 7.0
select 2.0 / 3.0, 1e20 / 3, 1e-20 / 3, 4.0 / 2.0, 1.00 / 1.0, 22.0 / 7.000
select 123456789012345678901234567890 * 987654321098765432109876543210, 1.23456789 * 9.87654321
select 1.5::numeric(3,1), 1.55::numeric(3,1), 1.45::numeric(3,1), -1.55::numeric(3,1), 99.94::numeric(3,1), 12345::numeric(5), 12345.5::numeric(5,0)
select 99.95::numeric(3,1)
select 123456::numeric(5)
select 12345::numeric(4,2)
select 'Infinity'::numeric(4,2)
select 'NaN'::numeric(4,2)
select 1::numeric(1001)
select 1::numeric(0)
select 1::numeric(5,1001)
select 1::numeric(2,3)
select 0.012345::numeric(2,3), 0.01::numeric(2,4), 12345::numeric(3,-2), 12355::numeric(3,-2), 0.5::numeric(1,1)
select 123456::numeric(3,-2)
select 1::numeric(3,-1001)
select round(2.5), round(3.5), round(-2.5), round(2.5::float8), round(3.5::float8), round(-2.5::float8), round(0.5::float8), round(1.5::float8)
select round(2.567, 2), round(2.567, 0), round(2.567, -1), round(1234.567, -2), round(5555, -1), round(2.5, 5), round(-1.005, 2), round(1e-5, 3)
select trunc(2.567), trunc(-2.567), trunc(2.567, 2), trunc(2.567, -1), trunc(1234.567, -2), trunc(2.9::float8), trunc(-2.9::float8), trunc(2.5, 5)
select ceil(2.1), ceil(-2.1), ceiling(2.1::float8), floor(2.9), floor(-2.1), floor(-2.1::float8), ceil(-0.5::float8), ceil(-0.5)
select round('NaN'::numeric, 2), round('Infinity'::numeric, 2), trunc('-Infinity'::numeric), ceil('NaN'::numeric), floor('Infinity'::float8), round('NaN'::float8)
select abs(-1.5), abs(-2), abs(-2.5::float8), abs(-2.5::float4), abs('-Infinity'::numeric), abs('NaN'::float8), @ -5, @ -5.5, @ (-5)::int2
select sign(-1.5), sign(0), sign(2.5::float8), sign(0.00), sign('-Infinity'::float8), sign('NaN'::numeric), sign(-3)
select mod(7, 3), mod(-7, 3), mod(7.5, 2), mod(7::int2, 3::int2), mod(7::int8, 3::int8)
select div(7, 2), div(-7, 2), div(7.5, 2), div(-7.5, 2), div(1e30, 7), div(7, -2)
select div(1, 0)
select mod(1, 0)
select gcd(12, 18), gcd(-12, 18), gcd(0, 0), gcd(0, 5), gcd(12::int8, 18::int8), gcd(1.5, 0.9), gcd(-4.0, 6)
select lcm(4, 6), lcm(-4, 6), lcm(0, 5), lcm(4::int8, 6::int8), lcm(1.5, 0.9), lcm(0.0, 4)
select gcd((-2147483648), 0)
select gcd((-9223372036854775808), (-9223372036854775808))
select lcm(2147483647, 2147483646)
select lcm(9223372036854775807, 9223372036854775806)
select gcd('NaN'::numeric, 1), lcm('Infinity'::numeric, 1), gcd(1, 'Infinity'::numeric)
select sqrt(2), sqrt(2.0), sqrt(2::float8), sqrt(0), sqrt(4.0), sqrt(1e20), sqrt('Infinity'::numeric), sqrt('NaN'::float8)
select sqrt(-1)
select sqrt(-1.0)
select sqrt('-Infinity'::numeric)
select power(2, 10), power(2.0, 10), power(2, 0.5), power(2.0, 0.5), power(2, -2), power(2.0, -2), power(0, 0), power(0.0, 0)
select 2 ^ 3, 2.0 ^ 3, 2 ^ 0.5, 2.0 ^ -1, 2::int8 ^ 2::int2, 1.1 ^ 100, 10.0 ^ 20, 10.0 ^ -20, 0.5 ^ 10, 7.0 ^ 33.3
select 2 ^ 3 ^ 2, -2 ^ 2, (-2) ^ 2, (-2.0) ^ 3, (-2)::float8 ^ 3
select power(-1, 0.5)
select power(-1.0, 0.5)
select power(0, -1)
select power(0.0, -1)
select power(10, 400)
select power(10.0, 200000)
select power(10.0, -20000)
select power('NaN'::numeric, 0), power(1, 'NaN'::numeric), power('Infinity'::numeric, -1), power('Infinity'::numeric, 2), power(2, '-Infinity'::numeric), power(0.5, 'Infinity'::numeric)
select power('NaN'::float8, 0), power(1::float8, 'NaN'::float8), power('-Infinity'::float8, 3), power('-Infinity'::float8, -3), power(-1::float8, 'Infinity'::float8), power(0.5::float8, '-Infinity'::float8)
select power('-Infinity'::float8, 0.5), power('-Infinity'::float8, -0.5), power(0::float8, 'Infinity'::float8)
select power(0::float8, '-Infinity'::float8)
select exp(1), exp(1.0), exp(0.0), exp(-1.0), exp(10.5), exp(-10.5), exp(100.0), exp(1::float8), exp('-Infinity'::float8), exp('Infinity'::numeric), exp('-Infinity'::numeric)
select exp(1000)
select exp(10000.0)
select exp(-1000::float8)
select exp(-1000.0), exp(-5000.0)
select ln(2), ln(2.0), ln(10.0), ln(0.5), ln(1.0), ln(1e50), ln(1e-50), ln('Infinity'::numeric), ln('NaN'::float8)
select ln(0)
select ln(0.0)
select ln(-1)
select ln(-1.0)
select log(100), log(100.0), log(2.0), log10(1000), log10(1000.0), log10(0.001), log(2, 8), log(2.0, 64.0), log(10, 0.001), log(0.5, 8), log(3.0, 7)
select log(0)
select log(-1.5)
select log(0, 1)
select log(1, 10)
select log(2, 0)
select log(-2.0, 4)
select sin(0), sin(1), cos(1), tan(1), cot(1), asin(1), acos(0.5), atan(1), atan2(1, 2), atan2(-1, -1), asin(-0.3), acos(-1)
select sind(30), cosd(60), tand(45), cotd(45), asind(0.5), acosd(0.5), atand(1), atan2d(1, 1), sind(90), cosd(90), sind(180), tand(135), cosd(120), sind(-30), sind(390)
select sind(10), cosd(10), tand(10), cotd(10), sind(77.5), cosd(200), atand(0.3), asind(0.1), acosd(0.9), atan2d(-1, 3)
select sinh(1), cosh(1), tanh(1), asinh(1), acosh(2), atanh(0.5), sinh(0), tanh(100), cosh('-Infinity'::float8)
select asin(2)
select acos(-1.5)
select acosh(0.5)
select atanh(2)
select atanh(1), atanh(-1)
select asind(1.5)
select acosd(-2)
select sin('Infinity'::float8)
select cos('-Infinity'::float8)
select tan('Infinity'::float8)
select tand('Infinity'::float8)
select cot('Infinity'::float8)
select sin('NaN'::float8), asin('NaN'::float8), sind('NaN'::float8), atan('Infinity'::float8), cot(0), tand(90), cotd(0)
select degrees(pi()), radians(180), pi(), degrees(0.5), radians(0.5), degrees(1e308::float8 / 1e10)
select factorial(0), factorial(5), factorial(20), factorial(25)
select factorial(-1)
select factorial(32178)
select scale(1.2300), min_scale(1.2300), trim_scale(1.2300), scale('NaN'::numeric), min_scale(1200), trim_scale(1200.00), scale(0.000), trim_scale('Infinity'::numeric)
select width_bucket(5.35, 0.024, 10.06, 5), width_bucket(0, 1, 10, 5), width_bucket(10, 1, 10, 5), width_bucket(3.0::float8, 10.0::float8, 1.0::float8, 4), width_bucket(11, 10, 1, 4)
select width_bucket(1, 2, 3, 0)
select width_bucket(1, 2, 2, 4)
select width_bucket(1::float8, 'NaN'::float8, 2::float8, 4)
select width_bucket(1::float8, 0::float8, 'Infinity'::float8, 4)
select width_bucket(1, 0, 'Infinity'::numeric, 4)
select width_bucket('Infinity'::numeric, 0, 10, 4), width_bucket('-Infinity'::numeric, 0, 10, 4)
select width_bucket(5, array[1, 3, 4, 10]), width_bucket(5.5, array[1, 3, 4, 10]), width_bucket('b'::text, array['a', 'c']), width_bucket(0, array[1, 2]), width_bucket(1, '{}'::int[])
select width_bucket(now(), array[timestamptz '2000-01-01', timestamptz '2001-01-01'])
select width_bucket(5, array[1, null])
select 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 4, -1 >> 1, 1 << 31, 1 << 32, 1 << 33
select 5::int8 & 3, 5::int2 | 3::int2, 5::int2 # 3, ~5::int8, 1::int8 << 40, (-8)::int8 >> 1, 1::int2 << 15, 1::int2 << 4, ~(5::int2), (-5)::int2 >> 1
select 91 & 15 | 2 # 3, 5 & 3 + 1, 2 | 1 << 3
select 1 = 1.0, 1::int2 = 1::int8, 1 < 1.5, 1.0::float8 = 1, 0.1::float4 = 0.1::float8, 0.1::float4 = 0.1, 0.1::float8 = 0.1
select 'NaN'::float8 = 'NaN'::float8, 'NaN'::float8 > 'Infinity'::float8, 'NaN'::numeric = 'NaN'::numeric, 'NaN'::numeric > 'Infinity'::numeric, 0.0::float8 = '-0'::float8
select 1.0 = 1.00, 1.10 > 1.1, 1e10 = 10000000000::int8, greatest(1, 2.5, 2), least(1::int2, 2.5::float8), greatest(null, 1), least(null::int, null)
select 5 between 1 and 10, 5 not between 1 and 10, 5 between 10 and 1, 5 between symmetric 10 and 1, null between 1 and 2
select '12'::int, ' 12 '::int, '+12'::int, '-12'::int8, '1e3'::float8, ' 1.5 '::numeric, '1e3'::numeric, '.5'::numeric, '5.'::numeric, '+.5e-3'::numeric
select '12a'::int
select ''::int
select ' '::int
select '1.5'::int
select '2147483648'::int
select '-2147483649'::int
select '32768'::int2
select 'abc'::int2
select '9223372036854775808'::int8
select '--1'::int8
select '0x1F'::int
select '1_000'::int
select ''::numeric
select '1.2.3'::numeric
select '1e'::numeric
select 'abc'::numeric
select '1e1000000'::numeric
select '1e131072'::numeric
select 'NaN'::numeric, 'nan'::numeric, ' NaN '::numeric, 'Infinity'::numeric, 'inf'::numeric, '-inf'::numeric, '+Infinity'::numeric
select 'NaN x'::numeric
select '-NaN'::numeric
select 'NaN'::float8, 'infinity'::float8, '-inf'::float8, 'INF'::float8, '+inf'::float4, 'nan'::float4, '1e-320'::float8, '1.7976931348623157e308'::float8
select '1e400'::float8
select '1e-400'::float8
select '1e40'::float4
select '1e-50'::float4
select ''::float8
select 'abc'::float8
select '1.5 x'::float8
select '1e'::float8
select ' '::float4
select '3.4028235e38'::float4, '1.17549435e-38'::float4, '1e-45'::float4, '16777217'::float4, '0.3'::float4
select 1e15::float8, 1e16::float8, 123456789012345678::float8, 1e-4::float8, 1e-5::float8, 1e20::float8, 1.5e300::float8, 100000::float8, 1234567.891::float8
select 1e5::float4, 1e6::float4, 1e7::float4, 123456.7::float4, 1e-4::float4, 1e-5::float4, 9999999::float4
select 1.5::int, 2.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int, 2.4::int2, 1e9::int8, 1.5::float4::int8, '2.5'::numeric::int8
select 3000000000::int
select 3000000000.5::int
select 'NaN'::numeric::int
select 'Infinity'::numeric::int8
select 'NaN'::float8::int
select 'Infinity'::float8::numeric, 'NaN'::float4::numeric, 'Infinity'::numeric::float8, 'NaN'::numeric::float4
select 1e10::float8::int
select 1e20::int8
select 1e20::float8::int8
select 40000::int2
select 40000.1::int2
select 1e300::float8::float4
select 1e-300::float8::float4
select 1e400::numeric::float8
select 0.1::float4::numeric, 0.1::float8::numeric, 1e20::float8::numeric, 123456789.123456789::float8::numeric, 1234567.8::float4::numeric, 1e-10::float8::numeric
select 123456789.987654321::numeric::float4, 0.30000000000000004::numeric::float8, 1::bool, 0::bool, true::int, false::int
select 1::int8::bool
select true::int8
select 1.5::bool
select generate_series(1, 5), generate_series(10, 1, -4)
select * from generate_series(1, 10, 3) g
select * from generate_series(1.5, 3, 0.5) g
select * from generate_series(3::int8, 1::int8, -1::int8) g
select * from generate_series(1, 0) g
select * from generate_series(1, 5, 0)
select * from generate_series(1.0, 5.0, 0.0)
select * from generate_series(1, 'NaN'::numeric)
select * from generate_series(1, 2, 'Infinity'::numeric)
select * from generate_series(null, 5) g
select * from generate_series(2147483646, 2147483647) g
select * from generate_series(9223372036854775806, 9223372036854775807) g
set extra_float_digits = 0
select 0.1::float8, 0.1::float4, 1::float8 / 3, 1::float4 / 3, 1e15::float8, 1e16::float8, 123456789.123::float8, 1234567.8::float4, pi(), 'NaN'::float8, -0.0::float8
set extra_float_digits = -3
select 0.1::float8, 0.1::float4, 1::float8 / 3, 1::float4 / 3, 1e15::float8, 123456789.123::float8, 1234567.8::float4, pi(), 1e100::float8 / 3
set extra_float_digits = -15
select 0.1::float8, 1::float8 / 3, 123456789.123::float8, 1::float4 / 3
set extra_float_digits = 3
select 0.1::float8, 0.1::float4, 1::float8 / 3, 1::float4 / 3
set extra_float_digits = 4
reset extra_float_digits
select 1 + 'a'
select 1 + '2', '1' + 2, '1.5' + 2.5, 2 * '3'
select '1.5' + 2
select 'a' + 'b'
select 1 + true
select 1 + now()
select -true
select 1 || 2
select round('a')
select round(1.5::float8, 1)
select sqrt('x'::text)
select sqrt(true)
select power(1)
select power(1, 2, 3)
select nosuch(1)
select nosuch(1, 'a', null)
select abs()
select abs('1')
select abs('1'::text)
select mod(1.5::float8, 2)
select 5.5::float8 % 2
select ~1.5
select 1.5 & 2
select 1 !
select !! 5
select 1 === 2
select 1 <> all (array[2, 3]), 1 = any (array[1, 2]), 1 < any ('{0,2}'), 1.5 > all (array[1, 1.2])
select random() between 0 and 1, random() < 1
select 9223372036854775807::float8::int8
select 1.0::float8::text, 1.0::float4::text, 1e22::float8::text, 1.10::text, 1e3::text, 100::numeric(10,2)::text
select 0.00001, 1e-7::numeric, 0.1e-10, 1e5, 1.5e3, 1.50e1, 12.345e-2
select sum(x), avg(x), min(x), max(x) from (values (1.5), (2.25), ('NaN')) t(x)
select x + 1, x * 2, -x, x::int from (values (1.5), (2.5), (-0.5)) t(x)
select x / y, x % y, div(x, y) from (values (10.0, 3.0), (-10.0, 3.0), (10.0, -3.0), (0.0, 5.0)) t(x, y)
select x, round(x), trunc(x), ceil(x), floor(x), sign(x), abs(x) from (values (1.5::float8), (-1.5), (0.49999999999999994), ('-0'), ('NaN'), ('-Infinity')) t(x)
select x, round(x, 1), round(x, -1), trunc(x, 1), x::numeric(10,1), x::int from (values (15.55), (-15.55), (14.95), (0.05), (-0.05)) t(x)
select x::float4, x::float8, x::numeric from (values ('1.1'), ('1e10'), ('-0'), ('123456789012')) t(x)
select 1::oid, 4294967295::oid, '12'::oid, (-1)::int4::oid, 5::oid::int4, 4294967295::oid::int8
select 4294967296::oid
select '-1'::oid, '-2147483648'::oid
select '4294967296'::oid
select 'abc'::oid
select 1::oid = 1, 1::oid < 2::int8, 5::oid > 3::oid
select 1::oid + 1
select round(4.4e131071, -131071) = 4e131071, round(4.5e131071, -131071) = 5e131071, round(4.5e131071, -131072), round(5.5e131071, -131073), round(5.5e131071, -1000000), trunc(9.9e131071, -131071) = 9e131071, trunc(9.9e131071, -131072), trunc(123, -1000), round(15.5, -1)
select round(7.25e131071, -131072)
select (i / (10::numeric ^ 131071))::numeric(1,0) from generate_series(7 * (10::numeric ^ 131071), 9 * (10::numeric ^ 131071), 10::numeric ^ 131071) as a(i)
select lcm(10::numeric ^ 131071 - 1, 10::numeric ^ 10 + 1)
select lcm(12.0, 8), gcd(12.5, 5), lcm(0, 5.0), lcm(-6, 4.0), gcd(-6, 4.00), gcd(0.0, -3), lcm(10::numeric^200, 10::numeric^190 + 1) % 7
select '92233720368547758.07'::money::numeric, '-92233720368547758.08'::money::numeric, '$1.5'::money::numeric
