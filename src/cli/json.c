#include "cli/json.h"

#include <string.h>

/* The length of the UTF-8 character at s, or 0 when it is none. */
static size_t utf8_length(const u8 *s)
{
        static const u8 lead[] = { 0xc2, 0xe0, 0xf0, 0xf5 }; /* of 2, 3 and 4 bytes, and beyond */
        size_t n = s[0] < 0x80 ? 1 : s[0] < lead[0] ? 0 : s[0] < lead[1] ? 2 : s[0] < lead[2] ? 3 : s[0] < lead[3] ? 4 : 0;
        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
        bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f); /* surrogates; above U+10FFFF */
        return n > 1 && (overlong || beyond) ? 0 : n;
}

static void put_text(struct json *j, const char *text)
{
        fputc('"', j->to);
        for (const u8 *s = (const u8 *)text; *s;) {
                size_t n = utf8_length(s);
                if (n == 0)
                        fputs("\xef\xbf\xbd", j->to);
                else if (*s == '"' || *s == '\\')
                        fprintf(j->to, "\\%c", *s);
                else if (*s < 0x20)
                        fprintf(j->to, "\\u%04x", *s);
                else
                        fwrite(s, 1, n, j->to);
                s += n ? n : 1;
        }
        fputc('"', j->to);
}

static void new_line(struct json *j)
{
        fprintf(j->to, "\n%*s", 2 * j->depth, "");
}

static void before(struct json *j, const char *key)
{
        if (j->depth && !j->first)
                fputc(',', j->to);
        if (j->depth)
                new_line(j);
        j->first = false;
        if (!key)
                return;
        put_text(j, key);
        fputs(": ", j->to);
}

void json_open(struct json *j, const char *key, char bracket)
{
        before(j, key);
        fputc(bracket, j->to);
        j->depth++;
        j->first = true;
}

void json_close(struct json *j, char bracket)
{
        j->depth--;
        if (!j->first)
                new_line(j);
        j->first = false;
        fputc(bracket, j->to);
        if (!j->depth)
                fputc('\n', j->to);
}

void json_put_string(struct json *j, const char *key, const char *value)
{
        before(j, key);
        if (value)
                put_text(j, value);
        else
                fputs("null", j->to);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
        before(j, key);
        fputs(value ? "true" : "false", j->to);
}

void json_put_number(struct json *j, const char *key, i64 value)
{
        before(j, key);
        fprintf(j->to, "%lld", (long long)value);
}

void json_put_decimal(struct json *j, const char *key, double value)
{
        before(j, key);
        fprintf(j->to, "%.4f", value);
}
