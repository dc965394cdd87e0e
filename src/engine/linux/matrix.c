#include "engine/linux/matrix.h"
#include "base/types.h"

enum kind { KIND_PASS, KIND_CONVERT, KIND_EMULATE, KIND_NOSYS, KINDS };

struct row {
        u16 nr;
        u8 kind;
        char name[24], reason[96];
};

static const struct row rows[] = {
#define PASS(nr, name, host, args) { nr, KIND_PASS, #name, "" },
#define CONVERT(nr, name, args) { nr, KIND_CONVERT, #name, "" },
#define EMULATE(nr, name, args) { nr, KIND_EMULATE, #name, "" },
#define SIGNALS EMULATE
#define NOSYS(nr, name, args, reason) { nr, KIND_NOSYS, #name, reason },
#include "engine/linux/syscall.def"
#undef PASS
#undef CONVERT
#undef EMULATE
#undef SIGNALS
#undef NOSYS
};

void syscall_matrix_print(struct out *o)
{
        static const char names[KINDS][8] = { "pass", "convert", "emulate", "enosys" };
        u32 count[KINDS] = { 0 };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                out_printf(o, rows[i].reason[0] ? "%3u %-24s %-8s %s\n" : "%3u %-24s %s\n", rows[i].nr, rows[i].name, names[rows[i].kind],
                           rows[i].reason);
                count[rows[i].kind]++;
        }
        out_printf(o, "%zu calls: %u passed, %u converted, %u emulated, %u answer ENOSYS on purpose\n", ARRAY_LEN(rows), count[KIND_PASS],
                   count[KIND_CONVERT], count[KIND_EMULATE], count[KIND_NOSYS]);
}
