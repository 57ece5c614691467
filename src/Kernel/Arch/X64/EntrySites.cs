namespace Tierce.Kernel.Arch;

/// <summary>Parts of the entry code that start-up replaces by others where they are needed, so that they cost nothing elsewhere.</summary>
internal static unsafe class EntrySites
{
    private const byte Jump = 0xe9;
    private const int JumpSize = 5;

    /// <summary>Writes a jump over the first bytes of each site. The list has pairs of site and target and ends with 0.</summary>
    public static void Divert(ulong* site)
    {
        for (; site[0] != 0; site += 2)
        {
            // SAFETY: the kernel's own text, writable until KernelPaging.Initialise.
            *(byte*)site[0] = Jump;
            *(int*)(site[0] + 1) = (int)(site[1] - (site[0] + JumpSize));
        }
    }
}
