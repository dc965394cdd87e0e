/*
 * What is known about a machine: an ordered list of facts. A fact has a dotted key whose numbered parts are places in a list
 * ("cpu.group.0.nominal_hz"), a value, and a sentence: where the value came from, or, when it is unknown, why and what would make it known.
 * The end of a key tells the unit: _hz, _bytes, _bits, _mts (million transfers a second).
 */
#pragma once
#include "base/types.h"

enum hw_kind { HW_TEXT, HW_NUMBER, HW_BOOL, HW_LIST, HW_UNKNOWN };

enum {
        HW_VOLATILE = 1, /* changes by itself: nodes are not compared by it */
        HW_NEAR = 2,     /* differences below 2 % mean nothing */
        HW_SECRET = 4,   /* names this one machine: never exported, masked in a capture */
};

struct hw_fact {
        char *key;
        enum hw_kind kind;
        u8 flags;
        char *text;   /* the value; members of a list are parted by one space, a truth is "yes" or "no", unknown is NULL */
        u64 number;   /* of HW_NUMBER and HW_BOOL */
        char *source; /* where it came from, or what would make it known */
};

struct hw_facts {
        struct hw_fact *list;
        size_t count, room;
        char prefix[96]; /* what hw_at() said, with a dot behind it */
};

void hw_facts_free(struct hw_facts *f);

/* The keys that follow begin with this. */
void hw_at(struct hw_facts *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Add a fact. The last arguments are a format: its source. A NULL or empty text is not added: returns whether it was. */
bool hw_put_text(struct hw_facts *f, const char *key, const char *value, const char *source, ...) PRINTF_LIKE(4, 5);
bool hw_put_list(struct hw_facts *f, const char *key, const char *value, const char *source, ...) PRINTF_LIKE(4, 5);
void hw_put_number(struct hw_facts *f, const char *key, u64 value, const char *source, ...) PRINTF_LIKE(4, 5);
void hw_put_bool(struct hw_facts *f, const char *key, bool value, const char *source, ...) PRINTF_LIKE(4, 5);
void hw_put_unknown(struct hw_facts *f, const char *key, const char *why, ...) PRINTF_LIKE(3, 4);

/* Flags of the fact that was added last. */
void hw_mark(struct hw_facts *f, u8 flags);

/* A copy of a fact under another key. */
void hw_put_copy(struct hw_facts *f, const char *key, const struct hw_fact *from);

/* The fact of a whole key, or NULL. */
const struct hw_fact *hw_find(const struct hw_facts *f, const char *key);

/* Its number, or 0; its text, or NULL, also when it is unknown. The key is a format. */
u64 hw_number(const struct hw_facts *f, const char *key, ...) PRINTF_LIKE(2, 3);
const char *hw_text(const struct hw_facts *f, const char *key, ...) PRINTF_LIKE(2, 3);

/* Whether two facts say the same (by their flags). */
bool hw_same(const struct hw_fact *a, const struct hw_fact *b);
