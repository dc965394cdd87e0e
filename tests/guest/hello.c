/* The smallest C program with output: start, stdio, exit. */
#include <stdio.h>

int main(void)
{
        puts("hello from aarch64");
        return 0;
}
