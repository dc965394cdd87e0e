/* The ways in which `crossarm hw` shows facts. Each prints to standard output. */
#pragma once
#include "hw/diff.h"
#include "hw/hw.h"

/* Sections of lines: name, value, where from. Unknown ones tell what would make them known. */
void hw_view_text(const struct hw_facts *f);

/* Nested by the keys: every leaf is an object with value and source, or value null and unknown. */
void hw_view_json(const struct hw_facts *f);

/* The text format of Prometheus, for node_exporter's textfile collector. */
void hw_view_prometheus(const struct hw_facts *f);

/* As lscpu of util-linux 2.38 prints to a pipe, filled from the facts. */
void hw_view_lscpu(const struct hw_facts *f);

/* As dmidecode 3.4 prints, of the tree's SMBIOS table. 0, or 1 when there is none. */
int hw_view_dmidecode(struct hw_tree *t);

/* The differences between machines, by name. */
void hw_view_diff(const struct hw_difference *d, size_t rows, char *const *names, size_t machines);
void hw_view_diff_json(const struct hw_difference *d, size_t rows, char *const *names, size_t machines);

/* A value as a person reads it, by the unit at the end of its key; malloced. */
char *hw_readable(const struct hw_fact *fact);
