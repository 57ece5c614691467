using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class StartTests
{
    [Fact]
    public void Root_starts_with_its_image_its_stack_and_its_rights()
    {
        using Board board = new();
        Domain* domain = board.RootDomainPointer;
        Thread* root = board.Root;
        Assert.Equal((RootImage.Entry, RootDomain.StackTop, RootInfo.Address), (root->Frame.Rip, root->Frame.Rsp, root->Frame.Rdi));
        Assert.Equal((Thread.UserCode, Thread.UserData, 0x202UL), (root->Frame.Cs, root->Frame.Ss, root->Frame.Rflags));
        ulong text = AddressSpace.Translate(domain->TopTable, 0x400000);
        Assert.Equal(5UL, text & 0x8000_0000_0000_0fff);
        Assert.Equal(0x10, Machine.ToVirtual(text & ~0xfffUL)[5]);
        ulong data = AddressSpace.Translate(domain->TopTable, 0x404000);
        Assert.Equal(7UL | (1UL << 63), data & 0x8000_0000_0000_0fff);
        Assert.NotEqual(0UL, AddressSpace.Translate(domain->TopTable, RootDomain.StackTop - 8));
        Assert.Equal(0UL, AddressSpace.Translate(domain->TopTable, RootDomain.StackTop));
        Assert.Equal(Board.BundleAddress | 5 | (1UL << 63), AddressSpace.Translate(domain->TopTable, RootInfo.BundleAddress));
        RootInfo* info = (RootInfo*)Machine.ToVirtual(AddressSpace.Translate(domain->TopTable, RootInfo.Address) & 0x000f_ffff_ffff_f000);
        Assert.Equal((2UL, 77UL, Machine.TscHertz), (info->MemoryCount, info->TscAtEntry, info->TscHertz));
        Assert.Equal(Board.FreeFirst + Board.FreePages, info->MemoryFirst[0] + info->MemoryPages[0]);
        Assert.Equal((512UL, 64UL), (info->MemoryFirst[1], info->MemoryPages[1]));
        Assert.Equal(info->MemoryPages[0], Board.Find(root, RootInfo.FirstMemorySlot)->B);
        Assert.Equal(Status.Denied, board.Call(KernelCall.MemoryMap, RootInfo.BundleSlot, 0, 0x7000_0000, 1UL << 32, 3, 100));
    }

    [Fact]
    public void Root_of_another_build_is_refused_and_both_are_named()
    {
        Machine.Reset();
        string panic = Assert.Throws<KernelPanicException>(() => new Board(RootImage.Elf(0xabc)).Dispose()).Message;
        Assert.Contains("different builds", panic, StringComparison.Ordinal);
        Assert.Contains("0x123456789abcdef0, root for 0x0000000000000abc", Machine.LogText.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Identity_is_found_in_a_note_and_nowhere_else(int seed)
    {
        Assert.Equal(0xabcUL, ImageIdentity.Read(RootImage.Elf(0xabc)));
        byte[] without = RootImage.Elf(0xabc);
        without[176] = 5;
        Assert.Equal(0UL, ImageIdentity.Read(without));
        Assert.Equal(0UL, ImageIdentity.Read([]));
        Random random = new(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] file = RootImage.Elf(0xabc).AsSpan(0, random.Next(300)).ToArray();
            for (int i = 0; i < 3 && file.Length > 0; i++)
            {
                file[random.Next(file.Length)] = (byte)random.Next(256);
            }

            // Whatever it gives, it reads nothing outside.
            ImageIdentity.Read(file);
        }
    }

    [Fact]
    public void Files_are_found_by_their_whole_name()
    {
        byte[] bundle = RootImage.Bundle(("roots", [9]), ("root", [1, 2]), ("r", [3]));
        Assert.Equal([1, 2], BootBundle.Find(bundle, "root"u8).ToArray());
        Assert.True(BootBundle.Find(bundle, "oot"u8).IsEmpty);
        RootImage.Put(bundle, 32 + 64 + 48, ulong.MaxValue);
        Assert.True(BootBundle.Find(bundle, "root"u8).IsEmpty);
        RootImage.Put(bundle, 8, 1UL << 60);
        Assert.True(BootBundle.Find(bundle, "r"u8).IsEmpty);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_damage_to_an_image_throws(int seed)
    {
        Random random = new(seed);
        byte[] good = RootImage.Elf();
        for (int round = 0; round < 20_000; round++)
        {
            byte[] file = good.AsSpan(0, random.Next(8) == 0 ? random.Next(200) : good.Length).ToArray();
            for (int i = 0; i < 3 && file.Length > 0; i++)
            {
                file[random.Next(Math.Min(file.Length, 176))] = (byte)random.Next(256);
            }

            ElfFile elf = new(file);
            for (int i = 0; i < elf.Count; i++)
            {
                if (elf.TryGetSegment(i, out ElfSegment segment, out _))
                {
                    Assert.True(segment.FileOffset + segment.FileSize <= file.Length, "seed " + seed);
                    Assert.True(segment.Address + segment.MemorySize < HoleLayout.UserLimit, "seed " + seed);
                }
            }
        }
    }
}
