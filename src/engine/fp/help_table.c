#include "engine/fp/helper.h"

helper_fn *const helper_table[HELP_COUNT] = {
#define HELPER_Q(name) [HELP_##name] = (helper_fn *)help_##name,
#define HELPER_I(name) [HELP_##name] = (helper_fn *)help_##name,
#include "engine/fp/helpers.def"
#undef HELPER_Q
#undef HELPER_I
};
