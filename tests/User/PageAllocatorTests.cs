using FsCheck;
using FsCheck.Fluent;
using Tierce.Root;

namespace Tierce.User;

public sealed class PageAllocatorTests
{
    [Fact]
    public void Stretches_are_inside_aligned_and_apart() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), steps =>
        {
            ulong[] first = [1, 256, 0x10_0000];
            ulong[] pages = [150, 30_000, 5_000];
            PageAllocator allocator = default;
            for (int i = 0; i < first.Length; i++)
            {
                allocator.Add(first[i], pages[i]);
            }

            HashSet<ulong> taken = [];
            foreach (int step in steps)
            {
                ulong wanted = (ulong)Math.Abs(step % 700) + 1;
                bool aligned = step < 0;
                bool got = aligned ? allocator.TryTakeAligned(wanted, 512, out PageStretch stretch) : allocator.TryTake(wanted, out stretch);
                if (!got)
                {
                    continue;
                }

                ulong start = first[stretch.Range] + stretch.First;
                bool inside = stretch.First + wanted <= pages[stretch.Range];
                if (!inside || (aligned && start % 512 != 0) || !Enumerable.Range(0, (int)wanted).All(i => taken.Add(start + (ulong)i)))
                {
                    return false;
                }
            }

            return true;
        }));
}
