namespace Tierce.Kernel.Objects;

/// <summary>Stands for the head of an object, which the cache never touches.</summary>
public struct KernelObject;

/// <summary>Stands for a capability, which the cache never touches.</summary>
public struct Capability;
