#include "engine/fp/helper.h"
#include "engine/run/invalidate.h"

u64 help_ic_ivau(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        code_line_changed(cpu->process, (gaddr)((i64)(a << 8) >> 8)); /* without a tag */
        return 0;
}
