#include "audit/source_words.h"

#include <ctype.h>
#include <string.h>

static const struct {
        const char *word;
        enum word class;
        bool prefix;
} words[] = {
#define WORD(word, class, prefix) { word, WORD_##class, prefix },
#include "audit/source_words.def"
#undef WORD
};

enum word word_of(const char *word)
{
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                if (words[i].word[0] != word[0])
                        continue;
                size_t n = strlen(words[i].word);
                if (words[i].prefix ? !strncmp(word, words[i].word, n) : !strcmp(word, words[i].word))
                        return words[i].class;
        }
        return WORD_NONE;
}

enum { WORD_MAX = 32 };

/* The next word of letters and digits at *at, in lower case; its length, 0 at the end. */
static size_t next_word(const char *text, size_t len, size_t *at, char word[WORD_MAX])
{
        size_t n = 0;
        while (*at < len && !isalnum((u8)text[*at]))
                ++*at;
        for (; *at < len && isalnum((u8)text[*at]); ++*at)
                if (n < WORD_MAX - 1)
                        word[n++] = (char)tolower((u8)text[*at]);
        word[n] = 0;
        return n;
}

u32 words_in(const char *text, size_t len)
{
        char word[WORD_MAX];
        u32 seen = 0;
        for (size_t at = 0, n; (n = next_word(text, len, &at, word));)
                if (n > 1)
                        seen |= 1u << word_of(word);
        return seen;
}

u32 words_in_path(const char *path)
{
        static const char *const inside[] = { "x86", "amd64", "i386", "i686", "avx2", "avx512", "sse2", "sse3", "sse4", "ssse3", "aesni",
                "mmx" };
        u32 seen = words_in(path, strlen(path));
        for (size_t i = 0; i < ARRAY_LEN(inside); i++)
                if (strcasestr(path, inside[i]))
                        seen |= 1u << WORD_X86;
        return seen;
}

bool text_has(const char *text, size_t len, const char *what)
{
        return memmem(text, len, what, strlen(what)) != NULL;
}

const char *path_base(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash ? slash + 1 : path;
}

bool is_one_of(const char *name, const char *const *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!strcmp(name, list[i]))
                        return true;
        return false;
}

bool path_has_word(const char *path, const char *const *list, size_t count)
{
        char word[WORD_MAX];
        for (size_t at = 0, len = strlen(path); next_word(path, len, &at, word);)
                if (is_one_of(word, list, count))
                        return true;
        return false;
}
