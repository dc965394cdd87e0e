# packages: bash gawk mawk sed bc grep
# bash, awk, sed, bc and the core utilities over made-up text.
LC_ALL=C.UTF-8; export LC_ALL
cat > b.bash <<'BASH'
declare -A h; s=42; for ((i = 0; i < 20000; i++)); do s=$(((s * 1103515245 + 12345) % 2147483648)); h[$((s % 997))]=$((${h[$((s % 997))]:-0} + i)); done
t=0; for k in "${!h[@]}"; do t=$(((t + k * h[$k]) % 1000000007)); done; echo "hash ${#h[@]} $t"
a=(); for ((i = 0; i < 3000; i++)); do a+=($((i * 7919 % 3001))); done; IFS=$'\n' b=($(sort -n <<<"${a[*]}")); unset IFS; echo "sort ${b[0]} ${b[1500]} ${b[2999]} ${#b[@]}"
x="the quick brown fox"; echo "${x^^} ${x/quick/slow} ${x//o/0} ${x#* } ${x##* } ${x%% *} ${#x} ${x:4:5} ${x: -3}"
[[ $x =~ ([a-z]+)\ ([a-z]+) ]] && echo "${BASH_REMATCH[2]}"
printf '%05d|%-8s|%8.3f|%x|%o|%q|%e\n' 42 ab 3.14159 255 8 'a b$c' 12345.678
echo $((2**62)) $((-7 / 2)) $((-7 % 3)) $((16#ff)) $((1 ? 2 : 3)) $((5 & 3 | 8 ^ 2)) {1..5} {a..e..2} $((~0)) $((1 << 63))
f() { local n=$1; ((n < 2)) && { echo $n; return; }; echo $(($(f $((n - 1))) + $(f $((n - 2))))); }; echo "fib $(f 12)"
coproc cat; echo hello >&${COPROC[1]}; read -r line <&${COPROC[0]}; exec {COPROC[1]}>&-; echo "coproc $line"
diff <(seq 1 10) <(seq 1 10 | sed 5d); trap 'echo usr1' USR1; kill -USR1 $$; trap 'echo bye' EXIT
(exit 7); echo "status $?"; false | true | (exit 3); echo "${PIPESTATUS[@]}"; kill -9 $BASHPID & wait $! 2>/dev/null; echo "killed $?"
for i in 1 2 3 4 5 6 7 8; do (echo $((i * i)) >w.$i) & done; wait; cat w.?; rm w.?
select_() { case $1 in (a*|b?) echo ab;; (*[0-9]) echo digit;;& (?1) echo one;; (*) echo other;; esac; }; for v in abc bz x1 zz; do select_ $v; done
mapfile -t m < <(printf 'l%d\n' {1..100}); echo "${#m[@]} ${m[99]}"; printf -v v '%(%Y)T' 0; echo $v; echo "$(<b.bash)" | wc -l
BASH
bash b.bash 2>/dev/null
for a in gawk mawk; do
        command -v $a >/dev/null || continue
        seq 1 60000 | $a '{ s += $1 * $1; h[$1 % 997]++; w = w ($1 % 10) } END { for (i = 0; i < 5; i++) print h[i]; printf "%d %.6f %e %g %s\n", s, s / 7, s, s / 1e9, substr(w, 1000, 40); print length(w), int(-3.7), sin(1), exp(2), log(10), sqrt(2), 2 ^ 0.5, 1 / 3 }'
        printf 'a:b:c\nd:e:f\n' | $a -F: 'BEGIN { OFS = "-" } { $2 = toupper($2); print; n = split($0, p, "-"); print n, p[1], index($0, "E"), match($0, /[A-Z]/), RSTART; gsub(/[a-f]/, "<&>"); print }'
done
command -v gawk >/dev/null && gawk 'BEGIN { PROCINFO["sorted_in"] = "@ind_num_asc"; for (i = 0; i < 1000; i++) a[i * 7919 % 1000] = i; n = 0; for (k in a) { n = (n * 31 + a[k]) % 1000003 } print n; print strftime("%Y-%m-%d", 86400 * 365, 1), tolower("ÀB"), gensub(/(a)(b)/, "\\2\\1", "g", "abab"), and(12, 10), lshift(1, 40), substr("héllo", 2, 2); printf "%c%c %5.2f %i\n", 65, "xyz", 2.345, 3.99 }'
seq 1 20000 | sed -n 's/^\(.\)\(.*\)\(.\)$/\3\2\1/;/7/{s/7/seven/g;p}' | md5sum
seq 1 3000 | sed ':a;N;$!ba;s/\n/,/g' | md5sum
printf 'one\ntwo\nthree\n' | sed -e '1!G;h;$!d' -e 'y/abc/xyz/'; echo 'x=1;y=2' | sed -E 's/([a-z])=([0-9])/\2:\1/g'
if command -v bc >/dev/null; then echo 'scale=300; 4*a(1); e(1); sqrt(2); 2^1000 % 99991' | BC_LINE_LENGTH=0 bc -l; fi
seq 1 100000 | sort -R --random-source=/bin/sh | md5sum; seq 1 100000 | sort -k1.3,1.5 -s | md5sum; seq 1 40000 | sort -rn | head -n 3; seq 1 20000 | shuf --random-source=/etc/passwd 2>/dev/null | wc -l
seq 1 10000 | tr 0-9 a-j | fold -w 7 | paste -sd, | cut -c1-5000 | cksum; seq 100 | factor | tail -n 3; factor 18446744073709551557 340282366920938463463374607431768211455; numfmt --to=iec 123456789; expr 7 \* 6 : 4
seq 1 30000 | grep -E '^(1|3).*[57]$' | grep -vc 33; seq 1 30000 | grep -oP '(?<=1)2+(?!3)' | sort | uniq -c; date -u -d @1700000000 '+%F %T %j %V'; od -An -tx1z </etc/hostname >/dev/null; printf '\x01\x02abc' | od -c; printf 'a\tb\n' | expand | xargs -n1 echo; join /dev/null /dev/null; comm -12 /dev/null /dev/null; tsort <<E
a b
b c
E
