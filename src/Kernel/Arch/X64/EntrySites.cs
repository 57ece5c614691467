namespace Tierce.Kernel.Arch;

/// <summary>Pieces of the entry code that others take the place of, as start-up decides: so that they cost nothing where they are not needed.</summary>
internal static unsafe class EntrySites
{
    private const byte Jump = 0xe9;
    private const int JumpSize = 5;

    /// <summary>Writes a jump over the first bytes of each site; pairs of site and target, ended by 0.</summary>
    public static void Divert(ulong* site)
    {
        for (; site[0] != 0; site += 2)
        {
            // SAFETY: text of the kernel's own, writable until KernelPaging.Initialise.
            *(byte*)site[0] = Jump;
            *(int*)(site[0] + 1) = (int)(site[1] - (site[0] + JumpSize));
        }
    }
}
