#!/usr/bin/env python3
"""Turns instruction tables (.insn) into the decoder of one instruction set. The format is described in doc/isa.md.

usage: insn.py --isa a64 --out DIR [--tested FILE] TABLE.insn...
Writes DIR/a64_decode.h and DIR/a64_decode.c; ends with status 1 and file:line messages when rows are wrong or overlap.
"""
import argparse
import os
import re
import sys

WORD_BITS = 32
C_KEYWORDS = set('auto bool break case char const continue default do double else enum extern float for goto if inline int long register '
                 'return short signed sizeof static struct switch typedef union unsigned void volatile while'.split())


class TableError(Exception):
    pass


class Field:
    """name=a.b:signed*4|sp : bits of the letters a and b, concatenated; or name=3, a constant."""

    PATTERN = re.compile(r'^(\w+)=([A-Za-z]+(?:\.[A-Za-z]+)*|\d+)(:signed)?(?:\*(\d+))?(?:\|(sp|zr))?$')

    def __init__(self, text, letters):
        m = self.PATTERN.match(text)
        if not m:
            raise TableError(f"cannot read field '{text}' (want name=letters[:signed][*scale][|sp|zr])")
        self.name, source, signed, scale, self.kind = m.groups()
        if self.name in C_KEYWORDS:
            raise TableError(f"field '{self.name}' is a keyword of C")
        self.signed = bool(signed)
        self.scale = int(scale or 1)
        self.constant = int(source) if source.isdigit() else None
        self.letters = [] if source.isdigit() else source.split('.')
        self.segments = []  # (lowest bit, length), most significant first
        for letter in self.letters:
            if letter not in letters:
                raise TableError(f"field '{self.name}' uses letter '{letter}', which the bits do not have")
            self.segments += letters[letter]
        self.length = sum(n for _, n in self.segments)

    def shape(self):
        return (self.name, self.signed)

    def c_expression(self):
        if self.constant is not None:
            return str(self.constant)
        parts, shift = [], self.length
        for low, n in self.segments:
            shift -= n
            part = f'bits(w, {low}, {n})'
            parts.append(f'{part} << {shift}' if shift else part)
        text = ' | '.join(parts)
        if self.signed:
            text = f'sign_extend({text}, {self.length})'
        if self.scale != 1:
            text = f'{text} * {self.scale}' if len(parts) == 1 or self.signed else f'({text}) * {self.scale}'
        return text


class Row:
    def __init__(self, where, section, group, order, line):
        self.where, self.section, self.group, self.order = where, section, group, order
        line, _, self.template = line.partition(';')
        line, _, self.guard = (' ' + line).partition(' if ')
        self.guard, self.template = self.guard.strip(), self.template.strip()
        self.name, *tokens = line.split()
        if not re.match(r'^[A-Za-z]\w*$', self.name) or len(self.name) >= 28:
            raise TableError(f"'{self.name}' is not a name of at most 27 characters")
        pattern = ''
        while tokens and len(pattern) < WORD_BITS and '=' not in tokens[0]:
            pattern += tokens.pop(0)
        if len(pattern) != WORD_BITS:
            raise TableError(f'{self.name}: {len(pattern)} bits instead of {WORD_BITS}')
        bad = re.search(r'[^01A-Za-z-]', pattern)
        if bad:
            raise TableError(f"{self.name}: '{bad.group()}' among the bits")
        self.mask = int(''.join('1' if c in '01' else '0' for c in pattern), 2)
        self.value = int(''.join('1' if c == '1' else '0' for c in pattern), 2)
        self.should_be = int(''.join('1' if c == '-' else '0' for c in pattern), 2)
        letters = self.read_letters(pattern)
        self.fields = [Field(t, letters) for t in tokens]
        used = {x for f in self.fields for x in f.letters}
        self.fields += [Field(f'{x}={x}', letters) for x in letters if x not in used]
        names = [f.name for f in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise TableError(f"{self.name}: field '{name}' twice")
        self.check_guard(names)

    @staticmethod
    def read_letters(pattern):
        """letter -> segments (low, length), most significant first"""
        letters = {}
        for m in re.finditer(r'([A-Za-z])\1*', pattern):
            letters.setdefault(m.group(1), []).append((WORD_BITS - m.end(), m.end() - m.start()))
        return letters

    def check_guard(self, names):
        for word in re.findall(r'\b[A-Za-z_]\w*', self.guard):
            if word not in names:
                raise TableError(f"{self.name}: the guard names '{word}', which is no field")

    def c_guard(self):
        return re.sub(r'\b([A-Za-z_]\w*)', r'f.\1', self.guard)

    def overlaps(self, other):
        return not (self.value ^ other.value) & self.mask & other.mask

    def refines(self, other):
        return self.mask & other.mask == other.mask and self.mask != other.mask


def read_tables(paths):
    rows, errors, section, groups = [], [], 'none', 0
    for path in paths:
        if not os.path.exists(path):
            continue
        group = None
        with open(path, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if not line or line.startswith('#'):
                    continue
                if line.startswith('@class'):
                    section = line[len('@class'):].strip()
                elif line.startswith('@group'):
                    groups += 1
                    group = groups
                elif line.startswith('@end'):
                    group = None
                else:
                    try:
                        rows.append(Row(f'{path}:{number}', section, group, len(rows), line))
                    except TableError as e:
                        errors.append(f'{path}:{number}: {e}')
    return rows, errors


def order_rows(rows):
    """Rows such that of two overlapping ones the one to be tried first comes first, and the list of forbidden overlaps."""
    before, errors = {r: set() for r in rows}, []
    for i, a in enumerate(rows):
        for b in rows[:i]:  # b stands earlier in the tables
            if not a.overlaps(b):
                continue
            if a.group is not None and a.group == b.group:
                before[a].add(b)
            elif a.refines(b):
                before[b].add(a)
            elif b.refines(a):
                before[a].add(b)
            elif a.guard and not b.guard:
                before[b].add(a)
            elif b.guard:
                before[a].add(b)
            else:
                errors.append(f'{a.where}: {a.name} overlaps {b.name} ({b.where}): refine one, part them by `if`, or use @group')
    ordered, done = [], set()

    def place(row):
        if row in done:
            return
        done.add(row)
        for first in sorted(before[row], key=lambda r: r.order):
            place(first)
        ordered.append(row)

    for row in rows:
        place(row)
    return ordered, errors


def check_same_names(rows):
    """Rows may share a name, and so a lifter, when their fields agree."""
    first, errors = {}, []
    for row in rows:
        other = first.setdefault(row.name, row)
        if sorted(f.shape() for f in row.fields) != sorted(f.shape() for f in other.fields):
            errors.append(f'{row.where}: {row.name} has other fields than at {other.where}')
    return errors


class Tree:
    """Level 1: the top 8 bits. Level 2: for each of these the run of up to 7 bits that tells its rows apart best."""

    def __init__(self, rows):
        self.lists, self.list_at, self.leaf, self.level1 = [], {}, [], []
        node_at = {}
        for top in range(256):
            members = [i for i, r in enumerate(rows) if not ((top << 24) ^ r.value) & r.mask & 0xff000000]
            node = self.split(rows, members)
            if node not in node_at:
                node_at[node] = (len(self.leaf), node[0], node[1])
                self.leaf += [self.place(x) for x in node[2]]
            self.level1.append(node_at[node])

    @staticmethod
    def leaves(rows, members, low, length):
        mask = ((1 << length) - 1) << low
        return tuple(tuple(i for i in members if not ((x << low) ^ rows[i].value) & rows[i].mask & mask) for x in range(1 << length))

    def split(self, rows, members):
        if len(members) < 3:
            return (0, 0, (tuple(members),))
        best = None
        for length in (3, 5, 7):
            for low in range(0, 25 - length):
                leaves = self.leaves(rows, members, low, length)
                cost = sum(len(x) ** 2 for x in leaves) / len(leaves) + length * 0.1
                if best is None or cost < best[0]:
                    best = (cost, low, length, leaves)
        return best[1:]

    def place(self, members):
        if members not in self.list_at:
            self.list_at[members] = len(self.lists)
            self.lists += list(members) + [-1]
        return self.list_at[members]


def numbers(values, width=18):
    values = [str(v) for v in values]
    return '\n'.join('        ' + ', '.join(values[i:i + width]) + ',' for i in range(0, len(values), width))


def make_header(isa, rows):
    upper, seen, out = isa.upper(), set(), []
    out.append(f'/* Made by gen/insn.py from the {isa}_*.insn tables. */\n#pragma once\n#include "engine/guest/decode.h"\n')
    out.append(f'enum {isa}_row_id {{')
    out += [f'        {upper}_ROW_{r.order}_{r.name},' for r in rows]
    out.append(f'        {upper}_ROW_COUNT\n}};\n')
    out.append(f'extern const struct insn_row {isa}_rows[{upper}_ROW_COUNT];\n')
    for r in rows:
        if r.name in seen:
            continue
        seen.add(r.name)
        out.append(f'struct {isa}_{r.name} {{')
        for f in r.fields or []:
            out.append(f'        {"int" if f.signed else "unsigned"} {f.name};')
        if not r.fields:
            out.append('        unsigned none;')
        out.append(f'}};\nbool {isa}_{r.name}(struct lift *l, const struct {isa}_{r.name} *f);\n')
    return '\n'.join(out)


def make_filler(isa, r):
    body = [f'static inline struct {isa}_{r.name} fields_{r.order}_{r.name}(u32 w)\n{{',
            f'        struct {isa}_{r.name} f = {{ 0 }};']
    body += [f'        f.{f.name} = {f.c_expression()};' for f in r.fields]
    body.append('        return f;\n}\n')
    return '\n'.join(body)


def make_row_table(isa, rows, tested):
    out, fields = [], []
    sections = list(dict.fromkeys(r.section for r in rows)) or ['none']
    out.append(f'const struct insn_row {isa}_rows[{isa.upper()}_ROW_COUNT] = {{')
    for r in rows:
        flags = ' | '.join(['ROW_TESTED'] * (r.name in tested) + ['ROW_GUARDED'] * bool(r.guard)) or '0'
        out.append(f'        {{ 0x{r.mask:08x}, 0x{r.value:08x}, 0x{r.should_be:08x}, {len(fields)}, {len(r.fields)}, '
                   f'{sections.index(r.section)}, {flags}, "{r.name}" }},')
        fields += r.fields
    out.append('};\n\nconst struct insn_field %s_fields[] = {' % isa)
    for f in fields:
        segments = f.segments if f.constant is None else []
        if len(segments) > 4:
            raise TableError(f'{f.name}: more than 4 runs of bits')
        segments = ', '.join(f'{{ {low}, {n} }}' for low, n in segments) or '{ 0, 0 }'
        out.append(f'        {{ "{f.name}", {int(f.signed)}, {f.scale if f.constant is None else f.constant}, {{ {segments} }} }},')
    out.append('        { "", 0, 0, { { 0, 0 } } },\n};\n')
    out.append('const char %s_classes[][40] = {' % isa)
    out += [f'        "{s[:39]}",' for s in sections]
    out.append('};\n')
    return '\n'.join(out)


def make_find(isa, tree):
    return f'''static const struct {{
        u16 leaf;
        u8 low, length;
}} level1[256] = {{
{numbers(['{ %d, %d, %d }' % x for x in tree.level1], 8)}
}};

static const u16 leaves[] = {{
{numbers(tree.leaf)}
}};

static const i16 lists[] = {{
{numbers(tree.lists, 24)}
}};

int {isa}_find(u32 word)
{{
        unsigned top = word >> 24;
        const i16 *p = &lists[leaves[level1[top].leaf + bits(word, level1[top].low, level1[top].length)]];

        for (; *p >= 0; p++) {{
                const struct insn_row *r = &{isa}_rows[*p];

                if ((word & r->mask) == r->value && (!(r->flags & ROW_GUARDED) || guard_holds(*p, word)))
                        return *p;
        }}
        return -1;
}}
'''


def make_source(isa, rows, tested):
    upper, out = isa.upper(), []
    out.append(f'/* Made by gen/insn.py from the {isa}_*.insn tables. */\n#include "engine/guest/{isa}_decode.h"\n')
    out.append('static inline u32 bits(u32 w, unsigned low, unsigned length)\n{\n        return w >> low & ((1u << length) - 1);\n}\n')
    out.append('static inline int sign_extend(u32 x, unsigned length)\n{\n        return (int)(x << (32 - length)) >> (32 - length);\n}\n')
    out.append(make_row_table(isa, rows, tested))
    out += [make_filler(isa, r) for r in rows]
    out.append('static bool guard_holds(unsigned row, u32 w)\n{\n        switch (row) {')
    for r in rows:
        if r.guard:
            out.append(f'        case {upper}_ROW_{r.order}_{r.name}: {{\n                struct {isa}_{r.name} f = fields_{r.order}_{r.name}(w);')
            out.append(f'                return {r.c_guard()};\n        }}')
    out.append('        }\n        return true;\n}\n')
    out.append(make_find(isa, Tree(rows)))
    # A row without a lifter gets this one; the section tells coverage which ones they are.
    out.append(f'#define MISSING __attribute__((weak, noinline, section("{isa}_missing")))')
    for name in dict.fromkeys(r.name for r in rows):
        out.append(f'MISSING bool {isa}_{name}(struct lift *l, const struct {isa}_{name} *f)\n{{\n        (void)l;\n        (void)f;\n'
                   '        return false;\n}')
    out.append(f'\nextern const char __start_{isa}_missing[], __stop_{isa}_missing[];\n')
    out.append('static bool is_missing(const void *lifter)\n{\n'
               f'        return (const char *)lifter >= __start_{isa}_missing && (const char *)lifter < __stop_{isa}_missing;\n}}\n')
    out.append(f'bool {isa}_translated(unsigned row)\n{{\n        switch (row) {{')
    out += [f'        case {upper}_ROW_{r.order}_{r.name}:\n                return !is_missing((const void *){isa}_{r.name});' for r in rows]
    out.append('        }\n        return false;\n}\n')
    out.append(f'bool {isa}_decode(struct lift *l, u32 w)\n{{\n        switch ({isa}_find(w)) {{')
    for r in rows:
        out.append(f'        case {upper}_ROW_{r.order}_{r.name}: {{\n                struct {isa}_{r.name} f = fields_{r.order}_{r.name}(w);')
        out.append(f'                return {isa}_{r.name}(l, &f);\n        }}')
    out.append('        }\n        return false;\n}\n')
    return '\n'.join(out)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--isa', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--tested')
    parser.add_argument('tables', nargs='*')
    args = parser.parse_args()

    rows, errors = read_tables(args.tables)
    errors += check_same_names(rows)
    rows, overlaps = order_rows(rows)
    errors += overlaps
    if errors:
        sys.exit('\n'.join(errors))
    tested = set()
    if args.tested and os.path.exists(args.tested):
        with open(args.tested, encoding='utf-8') as f:
            tested = {line.strip() for line in f if not line.startswith('#')}
    write(os.path.join(args.out, f'{args.isa}_decode.h'), make_header(args.isa, rows))
    write(os.path.join(args.out, f'{args.isa}_decode.c'), make_source(args.isa, rows, tested))


if __name__ == '__main__':
    main()
