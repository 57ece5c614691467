using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>The parts of a domain that a report about its end needs.</summary>
public struct DomainParts
{
    /// <summary>Its first thread and that thread's stack, in root's table.</summary>
    public uint ThreadSlot, StackSlot;

    /// <summary>Its image.</summary>
    public BundleFile Image;
}

/// <summary>Root's state of one program section.</summary>
public struct ProgramWiring
{
    /// <summary>The program's notification, in root's table.</summary>
    public uint EventsSlot;

    /// <summary>Its domain.</summary>
    public DomainParts Parts;

    /// <summary>It could not be started.</summary>
    public bool Failed;

    /// <summary>It has ended.</summary>
    public bool Ended;

    /// <summary>Its lives.</summary>
    public Lives Lives;
}

/// <summary>Root's state of one guest.</summary>
public struct GuestWiring
{
    /// <summary>The monitor's notification, in root's table.</summary>
    public uint EventsSlot;

    /// <summary>All its memory and that of its page-table cache, in root's table: the same for all its lives. 0 if the machine has too little.</summary>
    public uint MemorySlot, CacheSlot;

    /// <summary>Memory of its console channel and of its console's input, in root's table; 0 if it has none.</summary>
    public uint ChannelSlot, InputSlot;

    /// <summary>Its monitor's domain.</summary>
    public DomainParts Parts;

    /// <summary>Index of its console's program section; -1 for none.</summary>
    public int Driver;

    /// <summary>It has ended, and the end was logged.</summary>
    public bool Ended;

    /// <summary>It has ended and will be started again when its domain is gone.</summary>
    public bool Restarting;

    /// <summary>Its console's driver has died.</summary>
    public bool ConsoleGone;

    /// <summary>Its lives.</summary>
    public Lives Lives;
}
