using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Translation;

/// <summary>
/// Pairs of roots, kernel and user, that were loaded together: a guest's switch between address spaces that it has switched between
/// before finds both at once. A pair is a hint: the records of its tables say whether it still holds.
/// </summary>
public unsafe partial struct Guest
{
    /// <summary>Pairs remembered, by kernel frame; a power of two.</summary>
    private const int MostPairs = 64;

    /// <summary>
    /// Loads a pair that is remembered, if nothing waits to be drained: no note, no table that the guest can write. The caller loads
    /// CR3, which flushes the TLB of whatever else was put off.
    /// </summary>
    /// <returns>False if it has to be done the long way.</returns>
    private bool LoadPair(VCpu* vcpu, ulong kernelFrame, ulong userFrame)
    {
        RootPair pair;
        fixed (ulong* all = pairs)
        {
            pair = ((RootPair*)all)[PairPlace(kernelFrame)];
        }

        TableRecord* kernel = Tables.Record(pair.KernelRoot);
        TableRecord* user = Tables.Record(pair.UserRoot);
        bool holds = kernel->Frame == kernelFrame && kernel->Level == 4 && kernel->Role == TableRole.Kernel
            && user->Frame == userFrame && user->Level == 4 && user->Role == TableRole.User;
        if (!holds || watchedCount != 0 || HasNotes || vcpu->UserRoot == TablePool.None || MovesRoots)
        {
            return false;
        }

        // One virtual CPU gives up two roots and takes two: which are loaded changes, how many only if another has one of them too.
        Release(ref vcpu->KernelRoot);
        Release(ref vcpu->UserRoot);
        Hold(kernel);
        Hold(user);
        vcpu->KernelRoot = pair.KernelRoot;
        vcpu->UserRoot = pair.UserRoot;
        vcpu->KernelRootFrame = kernelFrame;
        vcpu->UserRootFrame = userFrame;
        staleTlb = false;
        staleElsewhere = false;
        return true;
    }

    private void RememberPair(VCpu* vcpu)
    {
        if (vcpu->UserRoot != TablePool.None)
        {
            fixed (ulong* all = pairs)
            {
                ((RootPair*)all)[PairPlace(vcpu->KernelRootFrame)] = new RootPair { KernelRoot = vcpu->KernelRoot, UserRoot = vcpu->UserRoot };
            }
        }
    }

    private void Hold(TableRecord* root)
    {
        loadedRoots += root->Loaded == 0 ? 1 : 0;
        root->Loaded++;
    }

    /// <summary>Neighbouring frames are a kernel's table and its user's.</summary>
    private static int PairPlace(ulong kernelFrame) => (int)(kernelFrame ^ (kernelFrame >> 6)) & (MostPairs - 1);

    private struct RootPair
    {
        public int KernelRoot, UserRoot;
    }
}
