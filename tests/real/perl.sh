# packages: perl
# Perl: hashes, regular expressions, sort, sprintf, pack, numeric formatting, its own Config.
cat > perl.pl <<'PERL'
use strict; use warnings;
use List::Util qw(sum max min reduce shuffle); use POSIX qw(floor ceil fmod strtol); use Digest::MD5 qw(md5_hex); use Digest::SHA qw(sha1_hex sha256_hex sha512_hex);
use MIME::Base64; use Math::BigInt; use Math::BigFloat; use Data::Dumper; use Time::Local; use Encode; use Storable qw(freeze thaw dclone); use Compress::Zlib;
my $seed = 12345;
sub rnd { $seed = ($seed * 1103515245 + 12345) % 2147483648; return $seed; }
my %h; for my $i (1 .. 200000) { my $k = sprintf('%x', rnd() % 50000); $h{$k} += $i; }
my $n = 0; my $s = 0; for my $k (sort keys %h) { $n++; $s = ($s * 31 + $h{$k}) % 1000000007; }
print "hash $n $s\n";
my @a = map { rnd() } 1 .. 100000; my @b = sort { $a <=> $b } @a; my @c = sort @a; print "sort $b[0] $b[50000] $c[0] $c[99999] ", md5_hex(join(',', @b)), ' ', md5_hex(join(',', @c)), "\n";
my $text = join ' ', map { my $w = ''; $w .= chr(97 + rnd() % 26) for 1 .. 1 + rnd() % 9; $w } 1 .. 60000;
my %w; $w{$1}++ while $text =~ /\b(\w+)\b/g; print "words ", scalar(keys %w), "\n";
(my $t2 = $text) =~ s/([aeiou])([^aeiou ])/$2$1/g; print "subst ", md5_hex($t2), ' ', ($text =~ tr/a-m//), "\n";
my @m = $text =~ /(?<=\s)([a-f]{2,4})(?=\s)/g; print "look ", scalar(@m), " @m[0..5]\n";
my @nest = ('((a)(b(c)))(d)', 'x' x 20) ; my $re; $re = qr/\((?:[^()]++|(??{$re}))*\)/; print "rec ", join('|', $nest[0] =~ /($re)/g), "\n";
print "uni ", length("\x{263a}\x{1F600}abc"), ' ', encode('UTF-8', "\x{e9}\x{4e2d}") eq "\xc3\xa9\xe4\xb8\xad" ? 1 : 0, ' ', uc("\x{e9}") eq "\x{c9}" ? 1 : 0, "\n";
for my $v (0.1, 1/3, 1e21, 1e-7, 123456789.125, -0.0, 9**20, 1e300*1e10, 2**53 + 1, 3.14159265358979) { printf "%s %g %e %.17g %f %a %d\n", $v, $v, $v, $v, $v, $v, ($v > 1e18 || $v != $v) ? 0 : $v; }
my $nan = "inf" - "inf"; print "nan ", ($nan != $nan ? 1 : 0), "\n";
printf "%s\n", join ' ', map { sprintf '%.15g', $_ } sin(1), cos(2), exp(3), log(7), sqrt(2), atan2(1, 3), 2 ** 0.5, 10 ** -5, fmod(10.5, 3), floor(-2.5), ceil(-2.5);
print "int ", 0xffffffffffffffff, ' ', ~0, ' ', -7 % 3, ' ', 7 % -3, ' ', int(-7 / 2), ' ', 1 << 40, ' ', 9223372036854775807 + 0, ' ', 18446744073709551615 * 1, ' ', "0x1f" + 0, ' ', hex('deadbeef'), "\n";
print "pack ", unpack('H*', pack('NnCvVQ>q<fdA5', 1, 2, 3, 4, 5, 6, -7, 1.5, -2.25, 'abc')), ' ', unpack('%32C*', $text), "\n";
print "sha ", sha1_hex($text), ' ', sha256_hex($text), ' ', substr(sha512_hex($text), 0, 32), "\n";
my $f = Math::BigInt->new(1); $f *= $_ for 1 .. 200; print "big ", md5_hex("$f"), ' ', Math::BigFloat->new(2)->bsqrt(80), ' ', Math::BigInt->new('0x' . 'f' x 40)->bmodpow(12345, '1000000000000000000000007'), "\n";
print "b64 ", md5_hex(encode_base64($text)), ' ', decode_base64(encode_base64($text)) eq $text ? 1 : 0, "\n";
my $z = compress($text, 9); print "zlib ", length($z), ' ', md5_hex($z), ' ', uncompress($z) eq $text ? 1 : 0, ' ', crc32($text), ' ', adler32($text), "\n";
$Data::Dumper::Sortkeys = 1; my $d = { a => [1, 2, { b => undef }], c => \'x', f => 1.5 }; print Dumper(dclone($d)), Dumper(thaw(freeze($d)));
print "time ", timegm(1, 2, 3, 4, 5, 2024), ' ', scalar(gmtime(1700000000)), ' ', POSIX::strftime('%Y-%j %U %a', gmtime(1234567890)), "\n";
local $@; eval { die { code => 42 } }; print "die $@->{code}\n"; eval { my $x = 1 / ($#nest - 1); }; print "div $@";
my @r = map { [ $_, rnd() % 1000 ] } 1 .. 2000; my @o = map { $_->[0] } sort { $a->[1] <=> $b->[1] || $b->[0] <=> $a->[0] } @r; print "schw @o[0 .. 9]\n";
local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; 1 while 1; }; print "sig $@";
my $pid = open(my $p, '-|', 'echo from a child; exit 3'); print <$p>; close $p; print "status ", $? >> 8, "\n";
sub ack { my ($m, $n) = @_; no warnings 'recursion'; $m == 0 ? $n + 1 : $n == 0 ? ack($m - 1, 1) : ack($m - 1, ack($m, $n - 1)) } print "ack ", ack(2, 200), "\n";
format STDOUT =
@<<<<<<< @>>>>>> @##.### @||||||
'left', 'right', 3.14159, 'mid'
.
write;
PERL
PERL_HASH_SEED=0 perl perl.pl
perl -MConfig -e 'print "$Config{ivsize} $Config{nvsize} $Config{byteorder} $Config{usethreads} $Config{version}\n"'
perl -Mthreads -Mthreads::shared -e 'my $n :shared = 0; my @t = map { threads->create(sub { for (1..500) { lock $n; $n++ } return $_[0] * 2 }, $_) } 1..4; print join(",", map { $_->join } @t), " $n\n"'
perl -e 'printf "%s\n", join ",", map { my $p = fork; if (!$p) { exit $_ } waitpid $p, 0; $? >> 8 } 1..20'
