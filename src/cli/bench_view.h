/* The forms in which `crossarm bench` shows what it has measured. */
#pragma once
#include <stdio.h>

#include "bench/bench.h"

/* What was compared, for the heads of the views. */
struct bench_title {
        const char *tree, *native; /* as the user named them; native is NULL without */
};

void bench_view_text(const struct bench *b, const struct bench_title *t);
void bench_view_json(const struct bench *b, const struct bench_title *t);

/* A bar chart, complete in itself. 0, or -1 with errno when it could not be written. */
int bench_view_svg(const struct bench *b, const struct bench_title *t, FILE *to);
