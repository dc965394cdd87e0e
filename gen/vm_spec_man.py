#!/usr/bin/env python3
"""gen/vm_spec_man.py SPEC.DEF TEMPLATE OUT: crossarm-vm-spec(5), whose lists of keys are the rows of src/vm/spec.def: a line
`@KEYS SECTION@` of the template becomes the section's keys."""
import re, sys

WORDS = {'aarch64|arm64|armv7l|armhf|x86_64|amd64|i686|i386': 'aarch64 (or arm64), armv7l (armhf), x86_64 (amd64), i686 (i386)'}


def rows(text):
    for m in re.finditer(r'^KEY\((\w+), \w+, "([^"]+)", \w+, "([^"]+)", "((?:[^"\\]|\\.)*)"\)$', text, re.M):
        yield m.groups()


def entry(key, takes, what):
    def dashes(text):
        return text.replace('-', r'\-')
    values = WORDS.get(takes, takes).replace('|', ' or ').replace('..', ' to ')
    return f'.TP\n.BR {dashes(key)} ": \\fI{dashes(values)}\\fR"\n{dashes(what[0].upper() + what[1:])}.\n'


def main(table, template, out):
    keys = list(rows(open(table).read()))
    page = re.sub(r'^@KEYS (\w+)@$', lambda m: ''.join(entry(*row[1:]) for row in keys if row[0] == m.group(1)).rstrip(), open(template).read(), flags=re.M)
    open(out, 'w').write(page)


main(*sys.argv[1:])
