/* Words that tell what a condition, a path or a variable is about. */
#pragma once
#include "base/types.h"

#include <stddef.h>

/* A word in lower case by what it names. source_words.def has them. */
enum word { WORD_NONE, WORD_X86, WORD_ARM, WORD_OTHER_CPU, WORD_SYSTEM, WORD_TUNING, WORD_OPTION };
enum {
        WORDS_CPU = 1u << WORD_X86 | 1u << WORD_ARM | 1u << WORD_OTHER_CPU,
        WORDS_CHOICE = WORDS_CPU | 1u << WORD_SYSTEM | 1u << WORD_TUNING | 1u << WORD_OPTION,
};
enum word word_of(const char *word);

/* The classes of all words in a piece of text, as bits 1 << enum word. Identifiers are split at underscores and other signs. */
u32 words_in(const char *text, size_t len);

/* The same of a path, where names of x86 features count inside of words, too: "kernelavx512.cpp". */
u32 words_in_path(const char *path);

bool text_has(const char *text, size_t len, const char *what);

/* The last component of a path. */
const char *path_base(const char *path);

/* Whether a word of the path (parted by all that is neither letter nor digit) is in the list, in lower case. */
bool path_has_word(const char *path, const char *const *list, size_t count);

bool is_one_of(const char *name, const char *const *list, size_t count);
