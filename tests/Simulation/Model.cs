using Tierce.Abi;

namespace Tierce.Simulation;

/// <summary>A capability as the specification has it: a node of the derivation tree.</summary>
internal sealed class ModelCap
{
    public CapabilityType Type { get; set; }

    public CapRights Rights { get; set; }

    public ModelObject? Object { get; set; }

    public ulong A { get; set; }

    public ulong B { get; set; }

    public ModelCap? Parent { get; set; }

    /// <summary>Newest first: the order in which a revocation takes them, which decides who learns of what.</summary>
    public List<ModelCap> Children { get; } = [];

    /// <summary>Domain and slot that hold it; null for one that is part of an object.</summary>
    public (ModelDomain Domain, ulong Slot)? Place { get; set; }

    public bool Has(CapRights needed) => (Rights & needed) == needed;
}

/// <summary>An object and all its capabilities.</summary>
internal class ModelObject
{
    public ModelDomain? Owner { get; set; }

    public HashSet<ModelCap> Caps { get; } = [];

    public bool Destroyed { get; set; }

    /// <summary>The kernel's object.</summary>
    public nint Address { get; set; }
}

internal sealed class ModelEndpoint : ModelObject
{
    public List<ModelThread> Callers { get; } = [];

    public List<ModelThread> Receivers { get; } = [];
}

internal sealed class ModelNotification : ModelObject
{
    public ulong Bits { get; set; }

    public List<ModelThread> Waiters { get; } = [];
}

internal sealed class ModelThread : ModelObject
{
    public required ModelDomain Domain { get; init; }

    public int Priority { get; set; }

    /// <summary>It ended a wait while others were ready, and goes before those that wait for their turn.</summary>
    public bool Woken { get; set; }

    public bool Suspended { get; set; } = true;

    public bool Dead { get; set; }

    public WaitKind Wait { get; set; }

    public ModelObject? WaitObject { get; set; }

    public ModelThread? Client { get; set; }

    public ModelThread? Server { get; set; }

    public ulong Badge { get; set; }

    public ulong Transfer { get; set; }

    public ulong Rax { get; set; }

    public ulong Rdi { get; set; }

    public ulong Rsi { get; set; }
}

internal sealed class ModelDomain : ModelObject
{
    public Dictionary<ulong, ModelCap> Table { get; } = [];

    public HashSet<ModelCap> Mappings { get; } = [];

    public List<ModelObject> Objects { get; } = [];

    public ModelCap? Root { get; set; }

    public ModelCap? Supervisor { get; set; }

    public int LiveThreads { get; set; }

    public ulong FirstPage { get; set; }

    public ulong Pages { get; set; }
}
