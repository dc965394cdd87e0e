#include "hw/midr.h"

static const struct {
        u32 code;
        const char *name;
} implementers[] = {
#define IMPLEMENTER(code, name) { code, name },
#define PART(...)
#include "hw/midr.def"
#undef IMPLEMENTER
#undef PART
};

static const struct midr_part parts[] = {
#define IMPLEMENTER(...)
#define PART(implementer, part, name, also, certain, source) { implementer, part, name, also, certain, source },
#include "hw/midr.def"
#undef IMPLEMENTER
#undef PART
};

const char *midr_implementer_name(u32 implementer)
{
        for (size_t i = 0; i < ARRAY_LEN(implementers); i++)
                if (implementers[i].code == implementer)
                        return implementers[i].name;
        return NULL;
}

const struct midr_part *midr_find(u64 midr)
{
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (parts[i].implementer == midr_implementer(midr) && parts[i].part == midr_number(midr))
                        return &parts[i];
        return NULL;
}
