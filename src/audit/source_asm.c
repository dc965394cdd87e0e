/* Assembly: for x86 it tells itself by its registers, in either spelling. */
#include "audit/source_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/source_cond.h"
#include "base/util.h"

static bool has_register(const char *line, size_t len, bool intel_too)
{
        static const char *const att[] = { "%eax", "%rax", "%rsp", "%esp", "%rdi", "%edi", "%ebx", "%xmm", "%ymm", "%zmm" };
        static const char *const intel[] = { "rax", "eax", "rsp", "esp", "xmm0", "ymm0", "m0", "edi", "rdi", "ax" };
        for (size_t i = 0; i < ARRAY_LEN(att); i++)
                if (text_has(line, len, att[i]))
                        return true;
        char text[256];
        if (!intel_too || len >= sizeof text)
                return false;
        memcpy(text, line, len);
        text[len] = 0;
        return path_has_word(text, intel, ARRAY_LEN(intel));
}

/* The first line with a register of x86 that arm64's preprocessor would leave in; 0: none. */
static u32 first_x86_line(const char *text, struct cond *c, bool intel)
{
        u32 number = 1;
        for (const char *p = text; *p; number++) {
                size_t len = strcspn(p, "\n");
                const char *first = p + strspn(p, " \t");
                if (*first == '#')
                        cond_directive(c, first + 1 + strspn(first + 1, " \t"), source_logical_line(first + 1 + strspn(first + 1, " \t")));
                else if (*first != ';' && cond_now(c) >= BY_DEFAULT && has_register(p, len, intel))
                        return number;
                p += len + (p[len] != 0);
        }
        return 0;
}

void source_scan_asm(const struct source *s)
{
        const char *dot = strrchr(s->path, '.');
        if (text_has(s->text, s->len, "(SB)")) {
                source_scan_go_asm(s);
                return;
        }
        struct cond *c = calloc(1, sizeof *c);
        if (!c)
                abort();
        AUTO_FREE char *text = source_without_comments(s->text, s->len);
        bool intel = !strcasecmp(dot, ".asm") || !strcasecmp(dot, ".nasm") || text_has(s->text, s->len, ".intel_syntax");
        u32 line = first_x86_line(text, c, intel);
        bool arm = words_in(s->text, s->len) & 1u << WORD_ARM;
        if (arm)
                s->a->source_signs |= SIGN_ARM;
        else if (line)
                source_found(s, RULE_SRC_ARCH_FILE, line, format("assembly for x86"));
        free(c);
}
