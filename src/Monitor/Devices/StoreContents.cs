namespace Tierce.Monitor;

/// <summary>
/// The nodes that Xen's toolstack makes for a PV domain without devices. Nodes for the guest to write are its own and empty; so is
/// <c>control/shutdown</c>, which small kernels read before it is set. The guest can only read the others.
/// </summary>
public static class StoreContents
{
    private const ulong KilobytesPerFrame = 4;

    /// <summary>Writes all nodes.</summary>
    /// <param name="tree">The empty store.</param>
    /// <param name="name">The guest's name.</param>
    /// <param name="layout">Where its memory and rings are.</param>
    public static void Write(StoreTree tree, ReadOnlySpan<byte> name, in GuestLayout layout)
    {
        StorePermissions read = StorePermissions.ReadBy(XenStore.DomainNumber);
        ReadOnlySpan<byte> shown = name.Length <= StoreNode.ValueSize ? name : default;
        tree.Write("/local/domain/1/domid"u8, "1"u8, read);
        tree.Write("/local/domain/1/name"u8, shown, read);
        tree.Write("/local/domain/1/vm"u8, "/vm/00000000-0000-0000-0000-000000000001"u8, read);
        tree.Write("/vm/00000000-0000-0000-0000-000000000001/uuid"u8, "00000000-0000-0000-0000-000000000001"u8, read);
        tree.Write("/vm/00000000-0000-0000-0000-000000000001/name"u8, shown, read);
        tree.Write("/local/domain/1/cpu/0/availability"u8, "online"u8, read);
        WriteNumber(tree, "/local/domain/1/memory/static-max"u8, layout.RamFrames * KilobytesPerFrame);
        WriteNumber(tree, "/local/domain/1/memory/target"u8, layout.RamFrames * KilobytesPerFrame);
        WriteNumber(tree, "/local/domain/1/memory/videoram"u8, 0);
        WriteNumber(tree, "/local/domain/1/store/ring-ref"u8, layout.StoreRing);
        WriteNumber(tree, "/local/domain/1/store/port"u8, StartInfoPage.StorePort);
        WriteNumber(tree, "/local/domain/1/console/ring-ref"u8, layout.ConsoleRing);
        WriteNumber(tree, "/local/domain/1/console/port"u8, StartInfoPage.ConsolePort);
        tree.Write("/local/domain/1/console/type"u8, "xenconsoled"u8, read);
        tree.Write("/local/domain/1/console/output"u8, "pty"u8, read);
        tree.Write("/local/domain/1/console/limit"u8, "1048576"u8, read);
        tree.Write("/local/domain/1/console/tty"u8, default, read);
        WriteOwn(tree, "/local/domain/1/device/suspend/event-channel"u8);
        WriteOwn(tree, "/local/domain/1/control/shutdown"u8);
        WriteOwn(tree, "/local/domain/1/control/feature-poweroff"u8);
        WriteOwn(tree, "/local/domain/1/control/feature-reboot"u8);
        WriteOwn(tree, "/local/domain/1/control/feature-suspend"u8);
        WriteOwn(tree, "/local/domain/1/control/sysrq"u8);
        tree.Write("/local/domain/1/control/platform-feature-multiprocessor-suspend"u8, "0"u8, read);
        tree.Write("/local/domain/1/control/platform-feature-xs_reset_watches"u8, "1"u8, read);
        WriteOwn(tree, "/local/domain/1/data"u8);
        WriteOwn(tree, "/local/domain/1/drivers"u8);
        WriteOwn(tree, "/local/domain/1/feature"u8);
        WriteOwn(tree, "/local/domain/1/attr"u8);
        WriteOwn(tree, "/local/domain/1/error"u8);
    }

    /// <summary>An empty node of the guest's. Those above it are none.</summary>
    private static void WriteOwn(StoreTree tree, ReadOnlySpan<byte> path)
    {
        tree.Create(StorePath.Parent(path), StorePermissions.ReadBy(XenStore.DomainNumber));
        tree.Write(path, default, StorePermissions.OwnedBy(XenStore.DomainNumber));
    }

    /// <summary>A number in decimal.</summary>
    private static void WriteNumber(StoreTree tree, ReadOnlySpan<byte> path, ulong number)
    {
        Span<byte> digits = stackalloc byte[DecimalText.MostDigits];
        tree.Write(path, digits.Slice(0, DecimalText.Write(digits, number)), StorePermissions.ReadBy(XenStore.DomainNumber));
    }
}
