namespace Tierce.Abi;

/// <summary>Result of a kernel call: 0, or one of these negative numbers. Append only.</summary>
public enum Status : long
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>No such call.</summary>
    BadCall = -1,

    /// <summary>The slot holds no capability, or one of another type.</summary>
    BadCapability = -2,

    /// <summary>The capability lacks a right that the call needs.</summary>
    Denied = -3,

    /// <summary>An argument is out of range or not aligned.</summary>
    BadArgument = -4,

    /// <summary>The destination slot holds a capability.</summary>
    SlotTaken = -5,

    /// <summary>The pool that pays for the call has no page left.</summary>
    NoMemory = -6,

    /// <summary>The deadline passed.</summary>
    TimedOut = -7,

    /// <summary>The call did a bounded part of its work. The caller must make it again.</summary>
    Again = -8,

    /// <summary>The partner went away, or the object was destroyed while waiting.</summary>
    Gone = -9,

    /// <summary>The state of the object does not permit the call.</summary>
    BadState = -10,

    /// <summary>A guest frame that the guest does not own.</summary>
    BadFrame = -11,
}
