/* A test that ends at the first thing that is not so, and says where. */
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPECT(cond) \
        do { \
                if (!(cond)) { \
                        printf("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #cond, errno); \
                        exit(1); \
                } \
        } while (0)
